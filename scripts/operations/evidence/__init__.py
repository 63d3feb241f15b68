"""The command `evidence`: what the control matrix of PCI DSS finds, in a folder that an assessor keeps."""
