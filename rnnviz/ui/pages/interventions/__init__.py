"""What the page of interventions alone needs."""
