"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@asynccontextmanager
async def chromium(*also: str) -> AsyncIterator[Browser]:
    """A browser, with arguments beside. Without Chromium the test is skipped by name; in CI it has to be there."""
    if not CHROMIUM.exists():
        assert os.environ.get("CI") != "true", "CI must look at the pages in a browser: install chromium"
        pytest.skip("chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *also])
        try:
            yield browser
        finally:
            await browser.close()
