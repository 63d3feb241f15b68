"""What deploy.py and destroy.py are made of: packaging, artifacts, change sets, events, states."""
