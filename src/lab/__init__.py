"""What the notebooks need and nobody copies."""

from lab.books import broken_rules
from lab.canvas import Plot
from lab.claims import Claim, claim
from lab.coroutines import left_behind
from lab.diagrams import Arrow, lane_plot, layer_plot
from lab.dialects import Dialect, dialect
from lab.exercise import Verdict, check
from lab.expect import expect
from lab.plots import bars, pool_plot, timeline
from lab.pools import PoolSample, PoolWatch, watch_pool
from lab.proxy import Line, Proxy, proxied, start_line, start_proxy
from lab.scratch import (
    ScratchDatabaseError,
    ScratchURL,
    drop_database,
    scratch_database,
)
from lab.seed import seed
from lab.serving import served
from lab.source import Source, show_source
from lab.statements import Statement, Statements, capture_sql
from lab.tables import Table, table
from lab.timing import Span, Stopwatch

__all__ = [
    "Arrow",
    "Claim",
    "Dialect",
    "Line",
    "Plot",
    "PoolSample",
    "PoolWatch",
    "Proxy",
    "ScratchDatabaseError",
    "ScratchURL",
    "Source",
    "Span",
    "Statement",
    "Statements",
    "Stopwatch",
    "Table",
    "Verdict",
    "bars",
    "broken_rules",
    "capture_sql",
    "check",
    "claim",
    "dialect",
    "drop_database",
    "expect",
    "lane_plot",
    "layer_plot",
    "left_behind",
    "pool_plot",
    "proxied",
    "scratch_database",
    "seed",
    "served",
    "show_source",
    "start_line",
    "start_proxy",
    "table",
    "timeline",
    "watch_pool",
]
