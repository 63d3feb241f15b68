"""What is planted for each scanner to find: a scanner that misses it has looked at nothing.

The texts are put together here, as this file is scanned, too.
"""

from typing import Any, Final

FOLDER: Final = "planted"  # of the files; the name of the template, too

TEMPLATE: Final[dict[str, Any]] = {
    "Resources": {
        "Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": "arn"}},
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "planted"}},
    }
}
FILES: Final = {
    f"{FOLDER}/code.py": "import sys\n\neval(sys.argv[1])\n",
    f"{FOLDER}/keys.md": f"key = AKIA{'QWERTYUIOPASDFGH'}\n-----BEGIN RSA {'PRIVATE KEY'}-----\nMIIEowIBAAKCAQEA\n",
}
