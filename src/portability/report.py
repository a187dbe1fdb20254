"""What a run found, shown in a notebook and marked for the book's table."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from html import escape

from lab.tables import Table, table
from portability.records import Difference, Record, difference, newest
from portability.registry import Probe, probes


@dataclass(frozen=True, repr=False)
class Report:
    """What a group's probes and cures gave on a database.

    Attributes:
        record: The database, and the results.
        group: The group.
        is_new: Whether the results were added to the records.
    """

    record: Record
    group: str
    is_new: bool

    @property
    def results(self) -> dict[str, str]:
        """What each probe and cure gave, by its id."""
        return self.record.results[self.group]

    def difference(self, probe: Probe) -> Difference:
        """Tell how this result and those of other databases differ.

        Args:
            probe: One of the group's probes.

        Returns:
            The kind of difference; other databases' results are those of
            their newest records.
        """
        others = [
            record.results.get(self.group, {}).get(probe.id)
            for name, record in newest().items()
            if name != self.record.database
        ]
        here = self.results[probe.id]
        return difference([here, *(each for each in others if each)])

    @property
    def _summary(self) -> str:
        """Count, in a sentence or two."""
        asked = probes(self.group)
        counted = Counter(self.difference(each) for each in asked)
        cures = {each.cure for each in asked if each.cure}
        summary = (
            f"{self.record.name}: {len(asked)} probes, of which"
            f" {len(asked) - counted['same']} differ between databases and"
            f" {counted['silent']} of these silently; {len(cures)} cures."
        )
        return f"{summary} Added to the records." if self.is_new else summary

    @property
    def _table(self) -> Table:
        rows = [
            (each.question, self.results[each.id], self.difference(each))
            for each in probes(self.group)
        ]
        return table(rows, ["Question", self.record.name, "Elsewhere"])

    def _repr_html_(self) -> str:
        """Show counts and results, marked for the book's table."""
        data = escape(json.dumps(asdict(self.record), ensure_ascii=False))
        return (
            f'<div class="portability" id="portability-{self.group}"'
            f' data-portability="{data}"><p>{escape(self._summary)}</p>'
            f"{self._table._repr_html_()}</div>"
        )

    def __repr__(self) -> str:
        """Show the same as plain text."""
        return f"{self._summary}\n\n{self._table}"
