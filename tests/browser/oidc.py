"""A login provider (OpenID Connect) on 127.0.0.1 that signs in one given person without asking, for the browser tests."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "gradmesser"


@contextmanager
def provider(**claims: object) -> Iterator[str]:
    """Address of a provider whose one person has these claims, ended with the block."""
    key = RSAKey.generate_key(2048, {"kid": "test", "use": "sig", "alg": "RS256"})
    asked: dict[str, str] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/.well-known/openid-configuration":
                self._answer(_metadata(base))
            elif url.path == "/jwks":
                self._answer({"keys": [key.as_dict(private=False)]})
            elif url.path == "/authorize":
                question = {name: values[0] for name, values in parse_qs(url.query).items()}
                code = secrets.token_hex(8)
                asked[code] = question.get("nonce", "")
                self.send_response(302)
                self.send_header(
                    "Location", f"{question['redirect_uri']}?{urlencode({'code': code, 'state': question['state']})}"
                )
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            now = int(time.time())
            person = {
                "iss": base,
                "aud": CLIENT,
                "sub": "k-1",
                "iat": now,
                "exp": now + 600,
                "nonce": asked.pop(form["code"][0]),
            }
            token = jwt.encode({"alg": "RS256", "kid": "test"}, {**person, **claims}, key)
            self._answer({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

        def _answer(self, content: dict[str, object]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    base = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield base
    finally:
        server.shutdown()
        server.server_close()


def _metadata(base: str) -> dict[str, object]:
    return {
        "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }  # fmt: skip


def settings(provider_address: str, app_address: str) -> str:
    """Text of secrets.toml as docs/betrieb.md describes it."""
    return f"""[auth]
redirect_uri = "{app_address}/oauth2callback"
cookie_secret = "{secrets.token_hex(32)}"
client_id = "{CLIENT}"
client_secret = "geheim"
server_metadata_url = "{provider_address}/.well-known/openid-configuration"
"""
