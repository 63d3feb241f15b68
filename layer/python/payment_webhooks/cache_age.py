"""The age of values that a container keeps in memory from one invocation to the next.

It goes by the wall clock (`time.time`): Lambda freezes a container between invocations, and the monotonic clock may
stand still meanwhile, so that five minutes of it could be hours (mbeher2200/DarkHours#204,
hashicorp/vault-lambda-extension#150).
What lasts within one call, such as its deadline, goes by `time.monotonic`: nobody sets that one.
"""


def is_younger(then: float, now: float, seconds: float) -> bool:
    """Whether `then` was less than so many seconds ago. A time to come was not: the clock has been set back since, and
    nobody knows the age.
    """
    return 0 <= now - then < seconds
