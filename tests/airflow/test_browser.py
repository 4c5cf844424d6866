"""The pages in a real browser: a lead signs in, walks from page to page by what can be clicked, and needs no script.

The pictures lie in the run's temporary folder, or in the folder that the environment variable SCREENSHOTS names.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import CHROMIUM, DRIVER, MISSING, chromium, click, picture, sign_in, without_scripts
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from shell import MONTH

pytestmark = [
    pytest.mark.airflow,
    pytest.mark.weasyprint,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason=MISSING),
]

JUDGE = Path(__file__).with_name("accessible.js").read_text("utf-8")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def stoke(fab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """The lead of Stoke-on-Trent, signed in through Airflow's own form, with scripts switched off from the start."""
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        without_scripts(driver)
        driver.get(f"{fab.address}/outcomes/")
        sign_in(driver, "stoke", fab.password)
        yield driver


def judged(driver: webdriver.Chrome, pictures: Path, name: str, heading: str) -> None:
    """The page with this heading is free of faults, nothing on it is cut off, and its picture shows something."""
    assert driver.find_element(By.TAG_NAME, "h1").text.splitlines()[0] == heading
    assert driver.execute_script(JUDGE) == []
    wider = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} is {wider} pixels wider than the window"
    file = pictures / f"{name}.png"
    picture(driver, file)
    with Image.open(file) as image:
        assert len(image.convert("RGB").getcolors(1 << 24)) > 20


def test_a_lead_walks_through_every_page_without_a_script(stoke, pictures):
    stoke.get(stoke.current_url.split("?")[0] + f"?to={MONTH}")
    judged(stoke, pictures, "status", "Who has sent what")
    click(stoke, "Apr 2018")
    judged(stoke, pictures, "month", "Submissions of April 2018")
    own = stoke.find_elements(By.CSS_SELECTOR, "tr.own a")
    assert {link.text.splitlines()[0] for link in own} == {"Stoke-on-Trent"}
    next(link for link in own if "/deaths/" in link.get_attribute("href")).click()
    judged(stoke, pictures, "cell", "Registered deaths")
    click(stoke, "Feedback report")
    judged(stoke, pictures, "feedback", "Feedback report")
    click(stoke, "Scorecards")
    judged(stoke, pictures, "scorecards", "Scorecards")
    stoke.find_element(By.CSS_SELECTOR, f"a[href$='/scorecards/{MONTH}/1']").click()
    judged(stoke, pictures, "edition", "April 2018")
    assert [row.text for row in stoke.find_elements(By.CSS_SELECTOR, ".wide tbody th .code")] == ["QNC", "05W"]
    stoke.find_element(By.CSS_SELECTOR, "a[href$='/figures/05W']").click()
    judged(stoke, pictures, "figures", "Stoke-on-Trent")
    stoke.find_element(By.CSS_SELECTOR, "td a[href*='/story']").click()
    judged(stoke, pictures, "story", "Died where they wanted to")
    stoke.find_element(By.CSS_SELECTOR, "summary").click()
    assert stoke.find_element(By.TAG_NAME, "details").get_attribute("open") is not None
    for page in ("Redo months", "Approvals", "Deliveries"):
        click(stoke, page)
        judged(stoke, pictures, page.lower().replace(" ", "-"), page)
    click(stoke, "say what became of it")
    judged(stoke, pictures, "delivery", "Stoke-on-Trent")
    assert [b.text for b in stoke.find_elements(By.TAG_NAME, "button")] == ["Enter that it arrived", "Send it again"]


def test_a_scorecard_opens_as_it_was_sent(stoke, fab, pictures):
    stoke.get(f"{fab.address}/outcomes/scorecards/{MONTH}/1/scorecard-05W.html")
    assert stoke.title.startswith("End-of-life care scorecard, Stoke-on-Trent, April 2018")
    picture(stoke, pictures / "scorecard.png")


def test_a_refusal_is_a_page_with_a_sentence(stoke, fab, pictures):
    stoke.get(f"{fab.address}/outcomes/scorecards/{MONTH}/1/figures/05D")
    judged(stoke, pictures, "refused", "This is not open to you")


def tab(driver: webdriver.Chrome) -> WebElement:
    """The element that the next press of Tab reaches."""
    before = driver.switch_to.active_element
    before.send_keys(Keys.TAB)
    WebDriverWait(driver, 30).until(lambda d: d.switch_to.active_element != before)
    return driver.switch_to.active_element


def test_the_keyboard_alone_reaches_the_content_and_shows_where_it_is(stoke, fab):
    stoke.get(f"{fab.address}/outcomes/scorecards")
    skip = tab(stoke)
    assert skip.text == "Skip to the content"
    skip.send_keys(Keys.ENTER)
    WebDriverWait(stoke, 30).until(lambda d: d.switch_to.active_element.get_attribute("id") == "main")
    outline = "const s = getComputedStyle(document.activeElement); return [s.outlineStyle, parseFloat(s.outlineWidth)]"
    reached = []
    for _ in range(3):
        reached.append(tab(stoke).tag_name)
        assert stoke.execute_script(outline) == ["solid", 3], reached
    assert reached == ["div", "a", "a"]


def test_a_narrow_window_loses_nothing(stoke, fab):
    for page in ("", "scorecards", f"scorecards/{MONTH}/1/figures/QNC", "deliveries", "deliveries/1"):
        stoke.get(f"{fab.address}/outcomes/{page}")
        stoke.set_window_size(500, 900)
        wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert stoke.execute_script(wider) <= 0, page
    stoke.set_window_size(1400, 1000)


def test_airflows_navigation_leads_to_the_pages(fab, tmp_path):
    with chromium(tmp_path) as driver:
        driver.get(f"{fab.address}/auth/login/")
        driver.find_element(By.NAME, "username").send_keys("stoke")
        driver.find_element(By.NAME, "password").send_keys(fab.password, Keys.ENTER)
        wait = WebDriverWait(driver, 60)
        wait.until(lambda d: d.find_elements(By.XPATH, "//button[contains(., 'Browse')]"))[0].click()
        link = wait.until(lambda d: d.find_elements(By.XPATH, "//a[contains(., 'Outcome measures')]"))[0]
        assert link.get_attribute("href") == f"{fab.address}/outcomes/"
