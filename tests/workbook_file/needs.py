"""What a test needs that may not be there, with the reason that is shown when it is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.sources.workbook_file import hyper, tabular

needs_hyper = pytest.mark.skipif(not hyper.is_installed(), reason="the extra 'hyper' is not installed")
needs_duckdb = pytest.mark.skipif(not tabular.is_installed(), reason="the extra 'tabular' is not installed")
REAL = Path(__file__).parents[3] / "shared" / "data" / "workbooks"
needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason="the folder of real workbooks (../shared/data) is not here"
)
