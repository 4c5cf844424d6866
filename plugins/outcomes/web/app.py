"""The pages as one application: who gets in, what every answer carries, and how a refusal reads.

Owns their guards and headers. Promises that every address, the style sheet included, needs a signed-in user, that what
would change something has to come from our own forms, and that no page runs a script. What a page says belongs to its
module.
"""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from outcomes.definitions.shipped import shipped
from outcomes.errors import InputError, OutcomesError, SafetyRefusal
from outcomes.web import approvals, deliveries, redo, scorecards, status
from outcomes.web.pages import NAVIGATION, page
from outcomes.web.rights import GUARDS

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_TITLES = {401: "Sign in first", 403: "This is not open to you", 404: "There is no such page"}

app = FastAPI(title="Outcome measures", docs_url=None, redoc_url=None, openapi_url=None, dependencies=GUARDS)
for room in (status, scorecards, redo, approvals, deliveries):
    app.include_router(room.router)


@app.middleware("http")
async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await call_next(request)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@app.exception_handler(OutcomesError)
def _sentence(request: Request, error: OutcomesError) -> Response:
    """An expected failure, as a page with its sentence."""
    status = 400 if isinstance(error, InputError) else 409 if isinstance(error, SafetyRefusal) else 503
    return _message(request, status, str(error))


@app.exception_handler(RequestValidationError)
def _nonsense(request: Request, error: RequestValidationError) -> Response:
    """An address or a form that nobody of ours made: its values are not told again."""
    return _message(request, 400, "This address is not one of these pages': start from Status.")


@app.exception_handler(HTTPException)
def _refusal(request: Request, error: HTTPException) -> Response:
    """A refusal, as a page with its sentence."""
    sentence = str(error.detail)
    if error.status_code == 401:
        sentence = "These pages are for people who are signed in to Airflow."
    elif error.status_code == 404 and sentence == "Not Found":
        sentence = "Nothing is kept under this address."
    return _message(request, error.status_code, sentence)


@app.get("/style.css")
def style() -> Response:
    """The style sheet of the pages."""
    return Response(shipped("report_templates/web/style.css").read_bytes(), media_type="text/css; charset=utf-8")


@app.get("/fonts/{weight}")
def font(weight: int) -> Response:
    """The letters of the scorecards, in one of their weights."""
    if weight not in {400, 600, 700}:
        raise HTTPException(404, "There is no such font.")
    content = shipped(f"report_templates/fonts/source-sans-3-latin-{weight}-normal.woff2").read_bytes()
    return Response(content, media_type="font/woff2", headers={"Cache-Control": "private, max-age=86400"})


def _page_of(path: str) -> tuple[str, str]:
    """The page that an address belongs to, where a person can begin again: its address and title."""
    first, *others = NAVIGATION
    _, address, title = next((page for page in others if path.startswith(page[1])), first)
    return address, title


def _message(request: Request, status: int, sentence: str) -> Response:
    root = request.scope.get("root_path", "")
    # Airflow's own page for signing in stands beside ours, under whatever path Airflow is served.
    here = f"{request.url.path}?{request.url.query}".rstrip("?")
    sign_in = f"{root.rpartition('/')[0]}/api/v2/auth/login?next={quote(here, safe='')}"
    return page(
        request,
        "message.html.j2",
        status=status,
        here="",
        heading=_TITLES.get(status, "This page cannot be shown"),
        sentence=sentence,
        sign_in=sign_in if status == 401 else "",
        back=_page_of(request.url.path.removeprefix(root)),
    )
