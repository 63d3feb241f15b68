"""Facts of AWS as rules for cfn-lint. README.md says how to use this folder in other projects."""
