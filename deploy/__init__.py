"""Operation of the dashboard: nginx before several processes, units for systemd, licences of what is installed."""
