"""What the scripts for the people on call do: endpoint secrets, traces of single webhooks, the main job."""
