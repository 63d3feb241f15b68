"""What the requirements of PCI DSS v4.0.1 that rows name ask for, in a few words of ours.

Each number was looked up in November 2026: withpci.com and the frameworks of cloudaware.com have the texts of v4.0 and
v4.0.1, turbot/steampipe-mod-aws-compliance (pci_dss_v40) those that AWS's controls serve. Which of them a control
serves is that of prowler's mapping (compliance/aws/pci_4.0_aws.json) where it has the control, and else ours.
"""

from collections.abc import Mapping
from typing import Final

REQUIREMENTS: Final[Mapping[str, str]] = {
    "1.2.8": "configuration of network controls is secured",
    "1.3.1": "only necessary traffic comes in",
    "1.3.2": "only necessary traffic goes out",
    "1.4.2": "what comes from untrusted networks is restricted",
    "1.4.4": "what stores cardholder data is not reachable from untrusted networks",
    "2.2.7": "administration over the network is encrypted",
    "3.2.1": "account data is kept no longer than needed",
    "3.3.1": "no sensitive authentication data after authorization",
    "3.4.1": "card numbers are masked where they are shown",
    "3.5.1": "card numbers are unreadable wherever they are stored",
    "3.6.1": "keys are protected against disclosure and misuse",
    "3.7.4": "keys are changed at the end of their time",
    "3.7.5": "keys are retired, replaced or destroyed by procedure",
    "4.2.1": "strong cryptography for card numbers on open networks",
    "4.2.1.1": "an inventory of trusted keys and certificates",
    "6.2.4": "techniques against common attacks on own software",
    "6.3.1": "vulnerabilities are identified and managed",
    "6.3.2": "an inventory of own software and of what is built into it",
    "6.3.3": "patches are installed",
    "6.4.1": "public web applications are protected against attacks",
    "6.4.2": "an automated solution detects and prevents web attacks",
    "7.2.1": "an access control model is defined",
    "7.2.2": "access by job and least privilege",
    "7.2.5": "accounts of applications and systems have least privilege",
    "7.3.1": "an access control system covers all components",
    "8.3.2": "authentication factors are encrypted in transit and at rest",
    "8.6.2": "no passwords in scripts, files or code",
    "8.6.3": "passwords of applications are changed and strong",
    "10.2.1": "audit logs are on for all components",
    "10.3.2": "audit logs can't be modified by individuals",
    "10.3.3": "audit logs are backed up promptly",
    "10.3.4": "changes of audit logs are detected",
    "10.4.1": "audit logs are reviewed daily",
    "10.4.1.1": "audit logs are reviewed by automated mechanisms",
    "10.5.1": "twelve months of audit logs, three at hand",
    "10.7.2": "failures of critical controls are detected and addressed",
    "11.3.1": "internal vulnerability scans",
    "11.5.1": "intrusions are detected or prevented",
    "11.5.2": "changes of critical files are detected, at least weekly",
    "12.10.1": "an incident response plan exists",
    "12.10.3": "somebody is available around the clock",
    "12.10.5": "the plan covers alerts of monitoring",
    "12.10.7": "procedures for card numbers found where they should not be",
}
