"""`audit` proves a trail from folders that were kept, and says what proves nothing."""

import json
import os
from pathlib import Path

import pytest

from scripts.command_line.errors import UsageError
from scripts.command_line.main import main
from scripts.operations.audit.sources import keep, kept_in
from tests.support.library.audit_bucket import PUBLIC_KEY
from tests.unit.scripts.operations.test_audit_verification import (
    END,
    HOUR,
    forged,
    objects_of,
    trail_of_a_morning,
)


def test_it_is_proven_from_folders_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    trail = trail_of_a_morning()
    for key, content, came in trail.versions:
        path = tmp_path / "bucket" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (came.timestamp(), came.timestamp()))
    keep(tmp_path / "kept", PUBLIC_KEY, trail.texts)
    asked = ["verify", "--kept", str(tmp_path / "kept"), "--copy", str(tmp_path / "bucket"), "--json"]
    asked += ["--from", "2026-11-21T08", "--to", "2026-11-21T13"]
    assert main("audit", asked) == 0
    assert json.loads(capsys.readouterr().out)["objects"] == 15
    # The last digest of the copy is that of 12: whether that of 13 has this object, the copy can't tell.
    path = tmp_path / "bucket" / "changes/date=2026-11-21/minute=1259/1.gz"
    path.parent.mkdir()
    path.touch()
    os.utime(path, (END.timestamp(), END.timestamp()))
    keep(tmp_path / "kept", PUBLIC_KEY, {"2026-11-21T14": trail.texts["2026-11-21T12"]})
    assert main("audit", asked) == 0
    assert json.loads(capsys.readouterr().out)["pending"] == 1
    deleted = objects_of(trail)[0]
    (tmp_path / "bucket" / deleted).unlink()
    assert main("audit", asked[:-5] + asked[-4:]) == 1
    assert f"deleted: {deleted}\nNOT WHOLE: 5 digests, 15 objects, 1 finding;" in capsys.readouterr().out


def test_where_there_was_no_digest_yet_no_hour_is_called_cut_off(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path / "kept", PUBLIC_KEY, {})
    (tmp_path / "bucket" / "changes").mkdir(parents=True)
    asked = ["verify", "--kept", str(tmp_path / "kept"), "--copy", str(tmp_path / "bucket")]
    assert main("audit", asked) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "there is no digest of these hours" in told.err
    assert "a new environment makes its first" in told.err
    trail, first = trail_of_a_morning(), tmp_path / "bucket" / "digests/date=2026-11-21/hour=07.json"
    keep(tmp_path / "kept", PUBLIC_KEY, trail.texts)
    first.parent.mkdir(parents=True)
    first.write_bytes(trail.objects["digests/date=2026-11-21/hour=07.json"])
    assert main("audit", [*asked, "--from", "2026-11-20", "--to", "2026-11-20"]) == 1
    told = capsys.readouterr()
    assert (told.out, "--from 2026-11-21T07" in told.err) == ("", True)


def test_without_an_environment_it_wants_both_folders(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("audit", ["verify"]) == 2
    assert "--kept and --copy" in capsys.readouterr().err


def test_a_folder_that_is_not_there_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(tmp_path, PUBLIC_KEY, trail_of_a_morning().texts)
    for kept, copy in ((tmp_path, tmp_path / "none"), (tmp_path / "none", tmp_path)):
        assert main("audit", ["verify", "--kept", str(kept), "--copy", str(copy)]) == 2
        assert "none" in capsys.readouterr().err


def test_what_is_kept_is_added_to_and_never_replaced(tmp_path: Path) -> None:
    trail = trail_of_a_morning()
    texts = dict(trail.texts)
    keep(tmp_path, PUBLIC_KEY, {HOUR: texts[HOUR]})
    keep(tmp_path, PUBLIC_KEY, texts)
    keep(tmp_path, PUBLIC_KEY, {HOUR: texts[HOUR]})
    assert kept_in(tmp_path) == (PUBLIC_KEY, texts)
    with pytest.raises(UsageError, match=f"another digest of {HOUR}"):
        keep(tmp_path, PUBLIC_KEY, {HOUR: forged(trail).text})
    with pytest.raises(UsageError, match="another public key"):
        keep(tmp_path, "another", texts)
    assert kept_in(tmp_path) == (PUBLIC_KEY, texts)
