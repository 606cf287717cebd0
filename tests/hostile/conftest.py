import pytest


@pytest.fixture
def proves(record_property):
    """Takes a sentence that is shown at the end, from whichever process."""
    return lambda sentence: record_property("proves", sentence)


def pytest_collection_modifyitems(config, items):
    if "attack" in config.option.markexpr:
        return
    heavy = [item for item in items if item.get_closest_marker("heavy")]
    config.hook.pytest_deselected(items=heavy)
    items[:] = [item for item in items if item not in heavy]


def pytest_terminal_summary(terminalreporter, config):
    if "attack" not in config.option.markexpr:
        return
    for report in terminalreporter.stats.get("passed", []):
        for name, sentence in report.user_properties:
            if name == "proves" and report.when == "call":
                terminalreporter.write_line(sentence)
