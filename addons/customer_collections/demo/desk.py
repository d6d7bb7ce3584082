"""The collections desk of the demo company: its settings, its team, its stories."""

from datetime import datetime, time, timedelta

from markupsafe import Markup

from odoo.fields import Command

from .names import MODULE

REPLY = Markup(
    "<p>Dear Camille,</p>"
    "<p>thank you for your note. Your invoice is with our site in Tregaron: they miss "
    "the delivery sheet for the second pallet. Could you send it once more? Then it "
    "goes into Thursday's run.</p>"
    "<p>Best wishes,<br/>Carys Probert</p>"
)
REPLY_SUBJECT = "Re: your invoice"
INVOICE_SUBJECT = "%s Invoice (%s)"
INVOICE_MAIL = Markup("<p>Dear customer,</p><p>here is your invoice %s. Thank you.</p>")


class DeskBuilder:
    """Sets up collections for the demo companies and plays single stories."""

    def __init__(self, env, names, companies, partners, ledger, today):
        self.env = env
        self.names = names
        self.companies = companies
        self.company = companies["main"]
        self.partners = partners
        self.invoices = ledger.open_invoices
        self.today = today
        self.users = {
            login: env.ref(f"{MODULE}.user_{login}_demo")
            for login in ("camille", "jonas", "marta")
        }

    def build(self):
        """Set up, play the stories, and run the preview once."""
        self._set_up()
        # The stories need the profiles; everything else is left to the run.
        self.env["collections.profile"]._create_missing(self.company)
        self._play()
        self._run()
        for key, partner in self.partners.items():
            # Who owed nothing yet has no profile.
            if profile := self._get_profile(partner):
                self.names.add(f"profile_{key}", profile)

    # === SETTINGS === #

    def _set_up(self):
        roots = self.company | self.companies["service"]
        roots.write(
            {
                "collections_sender_id": self.users["marta"].id,
                "collections_hold_unsent": True,
                "collections_calendar_id": self.company.collections_calendar_id.id,
            }
        )
        # Other companies of the database do not collect.
        ours = self.company.union(*self.companies.values())
        others = self.env["res.company"].search([("id", "not in", ours.ids)])
        others.collections_mode = "off"
        team = self.env["collections.team"].create(
            {
                "name": "Cork Desk",
                "user_id": self.users["marta"].id,
                "member_ids": [
                    Command.create(
                        {"user_id": self.users[login].id, "capacity": capacity}
                    )
                    for login, capacity in (("camille", 60), ("jonas", 40))
                ],
            }
        )
        self.names.add("team", team)
        segments = self.env["collections.segment"].search([("team_id", "=", False)])
        segments.team_id = team
        self._create_portal_user()

    def _create_portal_user(self):
        person = self.env.ref(f"{MODULE}.partner_corban_1_demo")
        user = (
            self.env["res.users"]
            .with_context(no_reset_password=True)
            .create(
                {
                    "partner_id": person.id,
                    "login": "sinead",
                    "password": "sinead",
                    "company_id": self.company.id,
                    "company_ids": [Command.set(self.company.ids)],
                    "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
                    "tz": "Europe/Dublin",
                }
            )
        )
        self.names.add("user_portal", user)

    def _run(self):
        for name in ("main", "service"):
            company = self.companies[name]
            run = self.env["collections.run"]._run_company(company, date=self.today)
            self.names.add(f"run_{name}", run)

    def _get_profile(self, partner):
        return (
            self.env["collections.profile"]
            .with_context(active_test=False)
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", self.company.id),
                ]
            )
        )

    # === STORIES === #

    def _play(self):
        self._play_mistakes()
        self._play_choices()
        self._play_calls()
        self._play_reply()
        self._play_payment_this_morning()

    def _play_mistakes(self):
        """Mail that came back: the invoice's, and with it the customer's address."""
        self._bounce_invoice("harrowquay")
        self._blacklist("saguaro")

    def _bounce_invoice(self, key):
        invoice = self.invoices[key][-1:]
        partner = invoice.partner_id
        message = invoice.with_context(disable_attachment_import=True).message_post(
            subject=INVOICE_SUBJECT % (self.company.name, invoice.name),
            body=INVOICE_MAIL % invoice.name,
            author_id=self.users["marta"].partner_id.id,
            partner_ids=partner.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            force_send=False,
        )
        # It left when the invoice did: nothing to send again.
        self.env["mail.mail"].search(
            [("mail_message_id", "=", message.id)]
        ).state = "sent"
        message.notification_ids.filtered(
            lambda notification: notification.res_partner_id == partner
        ).write(
            {
                "notification_status": "bounce",
                "failure_type": "mail_bounce",
                "failure_reason": "550 5.1.1 The e-mail account does not exist.",
            }
        )
        partner._message_receive_bounce(partner.email_normalized, partner)
        self.names.add(f"message_{key}", message)

    def _blacklist(self, key):
        entry = self.env["mail.blacklist"]._add(self.partners[key].email_normalized)
        self.names.add(f"blacklist_{key}", entry)

    def _play_choices(self):
        """What customers and colleagues decided."""
        profiles = {key: self._get_profile(p) for key, p in self.partners.items()}
        optout = profiles["foxglove"]._opt_out("email", "link")
        self.names.add("optout_foxglove", optout)
        for channel in ("email", "sms", "call"):
            optout = profiles["capeann"]._opt_out(
                channel, "person", note="Letters only, please."
            )
            self.names.add(f"optout_capeann_{channel}", optout)
        hold = self.env["collections.hold"].create(
            {
                "profile_id": profiles["odile"].id,
                "effect": "pause",
                "date_start": self.today - timedelta(days=19),
                "date_end": self.today + timedelta(days=2),
                "user_id": self.users["marta"].id,
                "note": "New accounting software there; their director asked for three "
                "weeks.",
            }
        )
        self.names.add("hold_odile", hold)
        as_marta = self.users["marta"].id
        profiles["hudson"].with_user(as_marta)._pin(
            "collector", self.users["jonas"], "Jonas has known them for years."
        )
        key_accounts = self.env.ref(f"{MODULE}.segment_key")
        profiles["norrvik"].with_user(as_marta)._pin(
            "segment", key_accounts, "The mill decides for the whole group next year."
        )

    def _play_calls(self):
        """Calls of the last weeks, as a collector wrote them down."""
        calls = (
            ("mansfeld", 24, "no_answer", "Switchboard only; noted the extension."),
            ("auental", 16, "reached", "Waits for the council's approval; call again."),
            ("konaridge", 11, "voicemail", "Left name and number."),
            ("bahiaclara", 9, "reached", "Pays in part when the ferry is delivered."),
            ("brackenridge", 30, "wrong_number", "Number is out of use."),
        )
        for key, age, outcome, note in calls:
            profile = self._get_profile(self.partners[key])
            day = self.today - timedelta(days=age + (self.today.weekday() > 4))
            while day.weekday() > 4:
                day -= timedelta(days=1)
            moment = datetime.combine(day, time(14, 10))
            call = self.env["collections.touchpoint"].create(
                {
                    "profile_id": profile.id,
                    "company_id": profile.company_id.id,
                    "partner_id": (profile.contact_id or profile.partner_id).id,
                    "channel": "call",
                    "state": "delivered" if outcome == "reached" else "failed",
                    "outcome": outcome,
                    "note": note,
                    "conversation": outcome == "reached",
                    "user_id": self.users["camille"].id,
                    "date": moment,
                    "sent_at": moment,
                    "episode": profile.episode,
                }
            )
            self.names.add(f"call_{key}", call)

    def _play_reply(self):
        """The customer wrote back yesterday."""
        person = self.env.ref(f"{MODULE}.partner_cardigan_1_demo")
        profile = self._get_profile(person.commercial_partner_id)
        profile.collector_id = self.users["camille"]
        yesterday = self.today - timedelta(days=1)
        message = profile.message_post(
            author_id=person.id,
            email_from=person.email_formatted,
            subject=REPLY_SUBJECT,
            body=REPLY,
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            date=datetime.combine(yesterday, time(15, 40)),
        )
        hold = profile.hold_ids.filtered(lambda h: h.reason == "reply")
        hold.write(
            {
                "date_start": yesterday,
                "date_end": yesterday
                + timedelta(days=self.company.collections_reply_days),
            }
        )
        self.names.add("message_reply", message)
        self.names.add("hold_reply", hold)

    def _play_payment_this_morning(self):
        invoices = self.invoices["silberanker"]
        wizard = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create({"payment_date": self.today, "group_payment": True})
        )
        payments = wizard._create_payments()
        self.names.add("payment_this_morning", payments)
