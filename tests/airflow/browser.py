"""A real browser without a screen: Debian's Chromium, in which pages may run no script."""

import shutil
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

# As others install them, Debian first.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
MISSING = "no Chromium with chromedriver here (Debian: apt install chromium chromium-driver)"
_FLAGS = (
    "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking "
    "disable-component-update disable-sync no-proxy-server hide-scrollbars window-size=1400,1000"
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


def sign_in(driver: webdriver.Chrome, name: str, password: str) -> None:
    """From the page that asks for it, through Airflow's own form, to *Status*."""
    assert driver.find_element(By.TAG_NAME, "h1").text == "Sign in first"
    click(driver, "Sign in")
    driver.find_element(By.NAME, "username").send_keys(name)
    driver.find_element(By.NAME, "password").send_keys(password, Keys.ENTER)
    WebDriverWait(driver, 30).until(lambda d: d.title == "Status - Outcome measures")


def click(driver: webdriver.Chrome, words: str) -> None:
    """Follow the first link that has these words, and wait for its page."""
    link = driver.find_element(By.PARTIAL_LINK_TEXT, words)
    page = driver.find_element(By.TAG_NAME, "html")
    link.click()
    WebDriverWait(driver, 30).until(lambda d: d.find_element(By.TAG_NAME, "html") != page)


def picture(driver: webdriver.Chrome, file: Path, width: int = 1400, at_most: int = 3000) -> None:
    """The page as a picture, also what does not fit a window; pixels: its width, and `at_most` its height."""
    driver.set_window_size(width, 1000)
    height = min(driver.execute_script("return document.documentElement.scrollHeight"), at_most)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    with Image.open(BytesIO(b64decode(shot["data"]))) as image:
        # A page has few colours: a quarter of the bytes, and nobody sees a difference.
        image.convert("RGB").quantize(128).save(file, optimize=True)
    driver.set_window_size(1400, 1000)
