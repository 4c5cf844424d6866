"""A stand-in for GOV.UK Notify's API on this machine, as far as the product asks for it.

It checks the token, the template and the file as Notify does, answers with what is written down in `answers` (a status, or
one of the two drops) and keeps what it took in `got`. It takes a message as often as it comes, whatever its reference: so
does Notify.
"""

import base64
import json
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import jwt

SERVICE, SECRET, TEMPLATE = (str(uuid.UUID(int=n)) for n in (0xA1, 0xB2, 0xC3))
KEY = f"outcomes-{SERVICE}-{SECRET}"

DROP_BEFORE = "the connection is cut, and the message is not kept"
DROP_AFTER = "the message is kept, and the connection is cut before the answer"

ERRORS = {
    400: ("ValidationError", "email_address is not a valid email address"),
    403: ("AuthError", "Invalid token: API key not found"),
    429: ("RateLimitError", "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
    500: ("Exception", "Internal server error"),
    502: ("Exception", "Bad gateway"),
}


@dataclass
class NotifyServer:
    """Listens on a free port of 127.0.0.1 while the `with` block lasts. `slow` hides what it has when asked by reference."""

    answers: list[int | str] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    slow: bool = False
    body: str = "((text))\n\n((link_to_file))"

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> dict[str, Any]:
        """What `Settings.load` needs to send through this server."""
        return {
            "transport": "notify",
            "notify_api_key": KEY,
            "notify_template_id": TEMPLATE,
            "notify_url": f"http://127.0.0.1:{self._server.server_address[1]}",
        }

    def pdfs(self) -> list[bytes]:
        return [base64.b64decode(taken["personalisation"]["link_to_file"]["file"]) for taken in self.got]


def _answering(server: NotifyServer) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = server.answers.pop(0) if server.answers else 201
            if not self._known():
                answer = 403
            elif answer == 201 and asked["template_id"] != TEMPLATE:
                answer = 400
            if answer in {201, DROP_AFTER}:
                asked["id"] = str(uuid.uuid4())
                server.got.append(asked)
            if isinstance(answer, str):
                self.connection.close()
                self.close_connection = True
            elif answer == 201:
                self._say(201, {"id": asked["id"], "reference": asked.get("reference")})
            else:
                self._refuse(answer)

        def do_GET(self) -> None:
            if not self._known():
                self._refuse(403)
            elif self.path.startswith("/v2/template/"):
                self._say(200, {"name": "Scorecard", "subject": "((subject))", "body": server.body})
            else:
                (reference,) = parse_qs(urlsplit(self.path).query)["reference"]
                found = [] if server.slow else [taken for taken in server.got if taken["reference"] == reference]
                self._say(200, {"notifications": [{"id": taken["id"]} for taken in found], "links": {}})

        def _known(self) -> bool:
            token = self.headers["Authorization"].removeprefix("Bearer ")
            try:
                return bool(jwt.decode(token, SECRET, algorithms=["HS256"], leeway=30)["iss"] == SERVICE)
            except jwt.InvalidTokenError:
                return False

        def _refuse(self, status: int) -> None:
            kind, words = ERRORS[status]
            self._say(status, {"status_code": status, "errors": [{"error": kind, "message": words}]})

        def _say(self, status: int, words: dict[str, Any]) -> None:
            text = json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    return Answering
