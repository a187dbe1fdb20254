"""Names of the code in prose."""

import pytest

from press.site.names import exists


@pytest.mark.parametrize(
    "name",
    [
        "press.site.names",
        "press.site.names.exists",
        "press.site.names.NameDomain.resolve_any_xref",
        "press.site.names.NameDomain.label",
    ],
)
def test_names_of_the_code_exist(name: str) -> None:
    """Modules, functions, methods and class attributes are found."""
    assert exists(name)


@pytest.mark.parametrize(
    "name",
    [
        "press.gone",
        "press.site.names.gone",
        "press.site.names.NameDomain.gone",
        "gone.names",
        "press.site.names.",
        "press.a heading",
    ],
)
def test_other_names_do_not(name: str) -> None:
    """A name that was renamed, removed or misspelt is not found."""
    assert not exists(name)
