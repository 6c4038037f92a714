"""How lanegrad uses the machine: its OpenMP runtime, its threads, and what it was built with."""
