"""A real browser without a screen: Debian's Chromium, in which pages may run no script."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver

# As others install them, Debian first.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
MISSING = "no Chromium with chromedriver here (Debian: apt install chromium chromium-driver)"
_FLAGS = (
    "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
    "disable-component-update disable-sync no-proxy-server window-size=1400,1000"
)


@contextmanager
def chromium(folder: Path) -> Iterator[webdriver.Chrome]:
    """A browser that has never been anywhere; its own files lie in the folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in [*_FLAGS.split(), f"user-data-dir={folder / 'profile'}"]:
        options.add_argument(f"--{flag}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


def without_scripts(driver: webdriver.Chrome) -> None:
    """From now on pages run no script; what a test asks of a page still works."""
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})


def picture(driver: webdriver.Chrome, file: Path) -> None:
    """The whole page as a picture, not only what fits a window."""
    height = driver.execute_script("return document.documentElement.scrollHeight")
    driver.set_window_size(1400, max(700, min(height + 20, 3000)))
    driver.save_screenshot(str(file))
    driver.set_window_size(1400, 1000)
