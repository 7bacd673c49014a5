"""What is real and slow to get - a browser, a broker, other frameworks - is only run when it is asked for."""


def pytest_ignore_collect(config):
    """Without ``--integration`` nothing in here is even imported."""
    return None if config.getoption("--integration") else True
