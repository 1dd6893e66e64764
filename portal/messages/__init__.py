"""Messages to people: an outbox written with the change it tells of, and delivery that loses nothing.

One recipient per message. Subjects are neutral: somebody else may see them on a locked phone, so they name
no topic, no course and no part of the portal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portal.app import Portal


def init_app(app: Portal) -> None:
    """Give the app its ways out; show previews of notices where pages are built.

    Raises:
        SettingsError: the settings of mail or texts cannot be read.
    """
    from portal.messages import setup

    setup.init_app(app)
    if app.settings.environment != "production":
        from portal.messages.views import style

        app.register_blueprint(style)
