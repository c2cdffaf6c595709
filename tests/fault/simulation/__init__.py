"""Random histories of people, CRMs and failures against the real engine."""
