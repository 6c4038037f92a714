"""One module for each framework. A module says what it runs (``describe``), sets its threads
(``set_threads``) and has for each benchmark a function that returns the call to time (``loss``,
``train``). Each is imported in a process of its own, so it imports its framework at the top; where
that fails the framework counts as missing.
"""

# Module and title; the first is the one that the others are compared with.
FRAMEWORKS = {"lanegrad": "lanegrad", "pytorch": "PyTorch eager"}
