"""The conversation with the mail relay about one letter, step by step.

Owns what each answer of the relay means for the letter. Promises that TLS is verified, that the password never travels
unprotected, that `sent` and `refused` are said only where the relay said so, and that a connection lost once the letter's
text was on its way is `unknown`. Never tries twice.

smtplib's own errors are all OSErrors: that is what is caught here.
"""

import smtplib
import ssl
from contextlib import ExitStack, closing, suppress

from outcomes.delivery.answers import Answer, State, line
from outcomes.delivery.message import Message, as_mail, sender
from outcomes.errors import SetupError
from outcomes.settings import Settings

# RFC 5321, 4.5.3.2: a relay may take five minutes over a command and ten over taking charge of a message. Greetings and
# commands get less here, for giving up there is safe; giving up on the last answer would make the letter unknown.
COMMAND_SECONDS = 60.0
ACCEPTANCE_SECONDS = 600.0
GOODBYE_SECONDS = 5.0


class Relay:
    """The mail relay that the settings name, as a way to send."""

    attaches = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def ready(self) -> None:
        require_relay(self._settings)

    def greet(self) -> str:
        greet(self._settings)
        login = f", logged in as {self._settings.smtp_user}" if self._settings.smtp_user else ""
        return f"{self._settings.smtp_host}:{self._settings.smtp_port} answers ({self._settings.smtp_security}{login})"

    def send(self, message: Message) -> Answer:
        from_address = sender(self._settings).addr_spec
        return send(self._settings, from_address, message.recipient, as_mail(message, self._settings))


def require_relay(settings: Settings) -> None:
    """Raises SetupError when no relay is named, or a password would travel unprotected."""
    if not settings.smtp_host:
        raise SetupError(
            "There is no mail relay, so nothing can be sent: set OUTCOMES_SMTP_HOST, and OUTCOMES_SMTP_PORT, "
            "OUTCOMES_SMTP_SECURITY (starttls, tls or none), "
            "OUTCOMES_SMTP_USER and OUTCOMES_SMTP_PASSWORD as the relay asks for, or the Airflow connection outcomes_smtp."
        )
    if settings.smtp_user and settings.smtp_security == "none":
        raise SetupError(
            f"The password for {_where(settings)} would travel unprotected: set OUTCOMES_SMTP_SECURITY to starttls or tls, "
            "or leave OUTCOMES_SMTP_USER empty where the relay asks for no login."
        )


def greet(settings: Settings) -> None:
    """Connect, protect and log in as for a letter, then say good-bye; raises SetupError when any of that is impossible."""
    require_relay(settings)
    try:
        connection = _connect(settings)
    except smtplib.SMTPResponseException as error:
        raise _no_entry(settings, error) from None
    with closing(connection), suppress(OSError):
        _wait_at_most(connection, GOODBYE_SECONDS)
        connection.quit()


def send(settings: Settings, from_address: str, to_address: str, message: bytes) -> Answer:
    """Hand one message for one recipient to the relay.

    Raises SetupError when the relay cannot be reached or trusted, or lets us in no further: nothing was handed over then.
    """
    require_relay(settings)
    try:
        connection = _connect(settings)
    except smtplib.SMTPResponseException as error:
        if not 400 <= error.smtp_code < 500:
            raise _no_entry(settings, error) from None
        return Answer("queued", f"The relay is not ready: {_said(error.smtp_code, error.smtp_error)}")
    with closing(connection):
        answer = _envelope(connection, settings, from_address, to_address, len(message)) or _text(connection, message)
        # What the relay says to our good-bye changes nothing.
        with suppress(OSError):
            _wait_at_most(connection, GOODBYE_SECONDS)
            connection.quit()
    return answer


def _connect(settings: Settings) -> smtplib.SMTP:
    """A greeted, protected and logged-in connection; an answer of the relay comes out as SMTPResponseException."""
    host, port = settings.smtp_host, settings.smtp_port
    try:
        with ExitStack() as on_failure:
            if settings.smtp_security == "tls":
                trust = ssl.create_default_context()
                connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=COMMAND_SECONDS, context=trust)
            else:
                connection = smtplib.SMTP(host, port, timeout=COMMAND_SECONDS)
            on_failure.callback(connection.close)
            if settings.smtp_security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            connection.ehlo_or_helo_if_needed()
            if settings.smtp_user:
                connection.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            on_failure.pop_all()
            return connection
    except smtplib.SMTPResponseException:
        raise
    except (OSError, ValueError, OverflowError) as error:
        raise _no_entry(settings, error) from None


def _envelope(
    connection: smtplib.SMTP, settings: Settings, from_address: str, to_address: str, size: int
) -> Answer | None:
    """MAIL and RCPT; an answer where that was the end, None where the relay awaits the text."""
    try:
        code, said = connection.mail(from_address, [f"size={size}"] if connection.has_extn("size") else [])
        if code // 100 == 5 and code != 552:
            raise _no_entry(settings, smtplib.SMTPSenderRefused(code, said, from_address))
        if code // 100 == 2:
            code, said = connection.rcpt(to_address)
    except OSError as error:
        return Answer("queued", f"The connection was lost before the letter was handed over ({line(error)}).")
    if code // 100 == 2:
        return None
    return Answer("refused" if code // 100 == 5 else "queued", _said(code, said))


def _text(connection: smtplib.SMTP, message: bytes) -> Answer:
    """DATA and the text itself."""
    _wait_at_most(connection, ACCEPTANCE_SECONDS)
    try:
        code, said = connection.data(message)
    except smtplib.SMTPDataError as error:
        # The relay did not ask for the text, so it does not have it.
        state: State = "refused" if error.smtp_code // 100 == 5 else "queued"
        return Answer(state, _said(error.smtp_code, error.smtp_error))
    except OSError as error:
        return Answer(
            "unknown",
            f"The connection was lost while the relay had the letter ({line(error)}): it may have arrived; "
            "ask the recipient before it is sent again.",
        )
    states: dict[int, State] = {2: "sent", 4: "queued", 5: "refused"}
    return Answer(states.get(code // 100, "unknown"), _said(code, said))


def _no_entry(settings: Settings, error: Exception) -> SetupError:
    """What to do when it ended before any recipient was named."""
    trouble, remedy = (
        f"it cannot be reached ({line(error)})",
        "check OUTCOMES_SMTP_HOST, OUTCOMES_SMTP_PORT and the firewall",
    )
    match error:
        case ssl.SSLCertVerificationError():
            trouble = f"its certificate is not trusted ({line(error.verify_message)})"
            remedy = (
                "name it in OUTCOMES_SMTP_HOST as its certificate does, or give the certificate of its authority in the "
                "environment variable SSL_CERT_FILE"
            )
        case ssl.SSLError() | smtplib.SMTPNotSupportedError():
            trouble = f"it does not offer what was asked for ({line(error)})"
            remedy = (
                "check OUTCOMES_SMTP_SECURITY (starttls is usual on port 587, tls on port 465) and OUTCOMES_SMTP_PORT"
            )
        case smtplib.SMTPAuthenticationError():
            trouble = f"it refused the login ({_said(error.smtp_code, error.smtp_error)})"
            remedy = "check OUTCOMES_SMTP_USER and OUTCOMES_SMTP_PASSWORD"
        case smtplib.SMTPSenderRefused():
            trouble = f"it refused the sender ({_said(error.smtp_code, error.smtp_error)})"
            remedy = "check OUTCOMES_MAIL_FROM, and OUTCOMES_SMTP_USER where the relay asks for a login"
        case smtplib.SMTPResponseException():
            trouble = f"it does not take mail from here ({_said(error.smtp_code, error.smtp_error)})"
        case smtplib.SMTPException():
            trouble = f"it does not answer as a mail relay should ({line(error)})"
            remedy += ", and OUTCOMES_SMTP_SECURITY"
        case UnicodeError():
            trouble = "its name, the user or the password cannot be written in ASCII"
            remedy = "check OUTCOMES_SMTP_HOST, OUTCOMES_SMTP_USER and OUTCOMES_SMTP_PASSWORD"
    return SetupError(f"No mail can be sent through {_where(settings)}: {trouble}; {remedy}. The letters stay queued.")


def _wait_at_most(connection: smtplib.SMTP, seconds: float) -> None:
    if connection.sock is not None:
        connection.sock.settimeout(seconds)


def _where(settings: Settings) -> str:
    return f"{settings.smtp_host} port {settings.smtp_port}"


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", errors="replace") if isinstance(words, bytes) else words
    return f"{code} {line(text)}"
