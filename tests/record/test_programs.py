"""Random programs have the same bits however kernel calls are made: see tests/support/programs.py."""

import pytest

import programs

pytestmark = pytest.mark.once


def test_random_programs_have_the_same_bits():
    ran, planned, failures = programs.run_many(0, 500)
    told = []
    for seed, wrong in failures[:3]:
        # One that has crashed is not run here.
        text = "" if "Fatal" in wrong or "hangs" in wrong else programs.describe(seed)
        told.append(f"python tests/support/programs.py {seed}\n{wrong}\n{text}")
    assert not failures, f"{len(failures)} of {ran} programs fail\n" + "\n\n".join(told)
    assert ran == 500
    assert planned > 250
