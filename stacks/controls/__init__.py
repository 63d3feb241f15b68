"""The PCI DSS control matrix: one table of requirements, controls and proofs; docs/pci-dss.md is made from it."""
