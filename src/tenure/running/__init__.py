"""Run the loop: settings and ports by name, one step, one period, and what has run already."""
