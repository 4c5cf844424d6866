"""GOV.UK Notify: the second way to send, with the scorecard behind a link in the e-mail.

Owns what each answer of Notify means for the letter. Promises that `sent` and `refused` are said only where Notify said so,
and that a lost answer is `unknown` unless Notify has a message under our reference. Never tries twice.

Notify does not recognise a message that it has already: two requests with the same reference are two e-mails. What it has
can be asked for by reference, so that is done where an answer was lost; that it has nothing proves nothing: under load it
writes messages down later. The template needs a subject `((subject))`, a body with `((text))` and `((link_to_file))`.
Its answers: https://docs.notifications.service.gov.uk/python.html.
"""

import re
import ssl
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient
from notifications_python_client.utils import DOCUMENT_UPLOAD_SIZE_LIMIT, prepare_upload
from urllib3.exceptions import NewConnectionError
from urllib3.exceptions import SSLError as TLSError

from outcomes.delivery.answers import Answer, line
from outcomes.delivery.message import Message
from outcomes.errors import SetupError
from outcomes.settings import Settings

SECONDS = 60.0
NO_FILE = "No file comes with this message."

_UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY = re.compile(rf".*{_UUID}-{_UUID}", re.ASCII)
# What Notify did not process; any other failure of its side leaves open whether it did.
_NOT_PROCESSED = {429, 500, 503}


class Notify:
    """GOV.UK Notify with the key and the template that the settings name."""

    attaches = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ready(self) -> None:
        address = urlsplit(self._settings.notify_url)
        if not _KEY.fullmatch(self._settings.notify_api_key.get_secret_value()):
            raise SetupError(
                "There is no usable key for GOV.UK Notify, so nothing can be sent: set OUTCOMES_NOTIFY_API_KEY to the whole "
                "key (its name, the service's id and the secret, with hyphens between them), or the password of the Airflow "
                "connection outcomes_notify."
            )
        if not re.fullmatch(_UUID, self._settings.notify_template_id):
            raise SetupError(
                "OUTCOMES_NOTIFY_TEMPLATE_ID is no template's id, so nothing can be sent: copy it from the "
                "template in Notify."
            )
        if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1"}:
            raise SetupError(
                "OUTCOMES_NOTIFY_URL is not an address that begins with https: letters would go unprotected."
            )

    def greet(self) -> str:
        self.ready()
        try:
            template = self._client().get_template(self._settings.notify_template_id)
        except APIError as error:
            raise self._no_entry(error) from None
        wanted = ("((subject))", "((text))", "((link_to_file))")
        lacking = [part for part in wanted if part not in f"{template.get('subject')}{template.get('body')}"]
        if lacking:
            raise SetupError(f"The template in Notify lacks {', '.join(lacking)}: add it there.")
        return f"GOV.UK Notify answers, template {line(template.get('name'))}"

    def send(self, message: Message) -> Answer:
        self.ready()
        if len(message.pdf) > DOCUMENT_UPLOAD_SIZE_LIMIT:
            return Answer(
                "refused",
                f"The scorecard has {len(message.pdf) / 2**20:.1f} MiB, and GOV.UK Notify takes files of "
                f"{DOCUMENT_UPLOAD_SIZE_LIMIT >> 20} MiB at most: send it through a mail relay.",
            )
        # Notify shows the sender and the date itself; our Message-ID is what it can be asked for.
        reference = message.identity.strip("<>")
        client = self._client()
        upload: Any = prepare_upload
        file = upload(BytesIO(message.pdf), filename=message.pdf_name) if message.pdf else NO_FILE
        words = {"subject": message.subject, "text": message.text, "link_to_file": file}
        try:
            taken = client.send_email_notification(
                message.recipient, self._settings.notify_template_id, personalisation=words, reference=reference
            )
        except APIError as error:
            return self._answer(error, client, reference)
        return Answer("sent", f"Notify took it as {line(taken.get('id'))}")

    def _client(self) -> Any:
        key = self._settings.notify_api_key.get_secret_value()
        client: Any = NotificationsAPIClient
        return client(key, base_url=self._settings.notify_url, timeout=SECONDS)

    def _answer(self, error: APIError, client: Any, reference: str) -> Answer:
        """What a request that brought no 201 means."""
        if error.response is None:
            if _never_went(error.__cause__):
                raise self._no_entry(error)
        elif error.status_code == 403:
            raise self._no_entry(error)
        elif error.status_code in _NOT_PROCESSED:
            return Answer("queued", _said(error))
        elif 400 <= error.status_code < 500:
            return Answer("refused", _said(error))
        try:
            found = client.get_all_notifications(reference=reference)["notifications"]
        except (APIError, KeyError, TypeError):
            found = []
        if found:
            return Answer("sent", f"The answer was lost, but Notify has it as {line(found[0].get('id'))}")
        return Answer(
            "unknown",
            f"The answer was lost while Notify had the letter ({_said(error)}): it may have been sent; "
            "ask the recipient before it is sent again.",
        )

    def _no_entry(self, error: APIError) -> SetupError:
        """What to do when Notify takes nothing at all from us."""
        where = f"No message can be sent through GOV.UK Notify at {self._settings.notify_url}"
        if error.response is None:
            trouble = line(_reason(error.__cause__) or error.__cause__)
            remedy = "check OUTCOMES_NOTIFY_URL, the proxy and the firewall"
            return SetupError(f"{where}: it cannot be reached ({trouble}); {remedy}. The letters stay queued.")
        remedy = "check OUTCOMES_NOTIFY_API_KEY, OUTCOMES_NOTIFY_TEMPLATE_ID and this machine's clock"
        return SetupError(f"{where}: it refused ({_said(error)}); {remedy}. The letters stay queued.")


def _never_went(cause: BaseException | None) -> bool:
    """Whether a request surely failed before anything of it left this machine."""
    if isinstance(cause, requests.exceptions.ConnectTimeout):
        return True
    reason = _reason(cause)
    # Other faults of TLS can come in the midst of a request as well.
    untrusted = isinstance(reason, TLSError) and isinstance(_first(reason), ssl.SSLCertVerificationError)
    return untrusted or isinstance(reason, NewConnectionError)


def _reason(error: BaseException | None) -> object:
    """What urllib3 says beneath an error of requests."""
    reason = getattr(_first(error), "reason", None)
    return getattr(reason, "original_error", reason)


def _first(error: BaseException | None) -> object:
    return error.args[0] if error is not None and error.args else None


def _said(error: APIError) -> str:
    if error.response is None:
        return line(type(error.__cause__).__name__)
    words = error.message
    told = "; ".join(str(w.get("message", "")) for w in words) if isinstance(words, list) else str(words)
    return f"{error.status_code} {line(told)}"
