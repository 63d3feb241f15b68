"""The references in a template, by place and by name."""

from stacks.evaluation.references import conditions_within, references, references_within, value_at


def test_references_sees_every_form() -> None:
    document = {
        "Resources": {
            "A": {
                "Type": "T",
                "DependsOn": "B",
                "Properties": {"P": [{"Ref": "C"}, {"Fn::GetAtt": ["D", "X.Y"]}]},
            },
            "E": {"Type": "T", "Properties": {"Q": {"Fn::Sub": ["${F} ${V} ${G.H}", {"V": {"Ref": "I"}}]}}},
        },
        "Outputs": {"O": {"Value": {"Fn::Join": ["", ["${J}", {"Fn::Sub": "${!K}${AWS::Region}${L}"}]]}}},
    }
    assert {name for _, name in references(document)} == {
        "B",
        "C",
        "D",
        "D.X.Y",
        "F",
        "G",
        "G.H",
        "I",
        "L",
        "AWS::Region",
    }


def test_a_reference_is_found_at_its_place() -> None:
    template = {
        "Resources": {
            "A": {"DependsOn": ["B", "C"], "Properties": {"P": [{"Fn::GetAtt": "D.Arn"}]}},
            "E": {"DependsOn": "F"},
        }
    }
    places = {name: "/".join(map(str, path)) for path, name in references(template)}
    assert places == {
        "B": "Resources/A/DependsOn/0",
        "C": "Resources/A/DependsOn/1",
        "D": "Resources/A/Properties/P/0",
        "D.Arn": "Resources/A/Properties/P/0",
        "F": "Resources/E/DependsOn",
    }
    assert value_at(template, ("Resources", "A", "DependsOn", 1)) == "C"


def test_own_variables_of_a_text_and_literals_are_no_references() -> None:
    text = {"Fn::Sub": ["${Own}${!Literal}${Other}", {"Own": {"Ref": "Inner"}}]}
    assert {name for _, name in references_within(text)} == {"Other", "Inner"}


def test_conditions_are_found_in_functions_and_in_attributes() -> None:
    resource = {
        "Condition": "Made",
        "Properties": {
            "P": [{"Fn::If": ["Chosen", {"Fn::If": ["Inner", 1, 2]}, 3]}],
            "Condition": {"Bool": {}},
        },
    }
    assert set(conditions_within(resource)) == {"Made", "Chosen", "Inner"}
