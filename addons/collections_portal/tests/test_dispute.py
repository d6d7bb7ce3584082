import base64

from lxml import html

from odoo.tests import tagged

from .common import CollectionsPortalHttpCommon
from .pay_common import PayCommon

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestDispute(PayCommon, CollectionsPortalHttpCommon):
    """An objection holds exactly what is objected to, and can be followed."""

    def setUp(self):
        super().setUp()
        self.authenticate("ada", "ada")
        self.reason = self.env.ref("customer_collections.dispute_reason_price")
        self.profile.sudo().collector_id = self.collector

    def _object(self, amounts, files=None, **values):
        values = {"reason": self.reason.id, "message": "20 were missing", **values}
        fields = list(values.items())
        for move, typed in amounts.items():
            item = self._item(move)
            fields += [("item", item.id), (f"amount_{item.id}", typed)]
        return self._post_items("disputes/new", self.euro, fields, files=files)

    def _disputes(self):
        return self.env["collections.dispute"].search(
            [("profile_id", "=", self.profile.id)]
        )

    def test_a_part_is_held_and_the_rest_stays_to_be_paid(self):
        response = self._object({self.late: "200"}, files=[("files", ("a.png", PNG))])
        self.assertIn("Thank you, we have it", response.text)
        self.assertIn("20 were missing", response.text)
        self.assertIn("a.png", response.text)
        dispute = self._disputes()
        self.assertEqual(dispute.amount, 200)
        self.assertEqual(dispute.source, "customer")
        self.assertEqual(dispute.item_ids.move_id, self.late)
        files = dispute.touchpoint_ids.attachment_ids
        self.assertEqual(files.mapped("public"), [False])
        self.assertEqual(self._told().partner_id, self.person)
        self.assertIn(self.late.name, self._told().subject)
        figures = self.profile.sudo()
        rows = figures._get_portal_figures(figures._get_portal_items())
        row = next(row for row in rows if row["currency"] == self.euro)
        self.assertEqual(row["overdue"], 1034.5)

    def test_a_form_that_is_sent_twice_objects_once(self):
        for _click in range(2):
            response = self._object({self.late: "200"})
            self.assertIn("Thank you, we have it", response.text)
        self.assertEqual(self._disputes().amount, 200)
        self._object({self.late: "100"})
        self.assertEqual(sum(self._disputes().mapped("amount")), 300)

    def test_the_rest_of_what_is_promised_can_be_objected_to(self):
        item = self._item(self.late)
        free = item.amount_residual_currency
        self.env["collections.promise"].sudo()._give(
            self.profile.sudo(), 50, self.today, item, currency_id=self.euro.id
        )
        name = f"amount_{item.id}"
        [field] = html.fromstring(self._get("disputes").text).xpath(
            f"//input[@name='{name}']"
        )
        self.assertEqual(float(field.get("value").replace(",", "")), free - 50)
        self.assertIn("is too much", self._object({self.late: f"{free:.2f}"}).text)
        self._object({self.late: "200"})
        self.assertEqual(self._disputes().amount, 200)

    def test_all_of_it_can_be_objected_to_while_a_discount_stands(self):
        move = self._discounted(100)
        response = self._object({move: "100"})
        self.assertIn("Thank you, we have it", response.text)
        self.assertEqual(self._disputes().amount, 100)

    def test_no_day_is_named_while_we_wait_for_the_customer(self):
        self._object({self.late: "200"})
        dispute = self._disputes()
        path = f"disputes/{dispute.id}"
        self.assertIn("You hear from us by", self._get(path).text)
        dispute.stage_id = self.env.ref("customer_collections.dispute_stage_waiting")
        text = self._get(path).text
        self.assertIn("We wait for your answer", text)
        self.assertNotIn("You hear from us by", text)

    def test_what_is_missing_is_said_and_nothing_is_lost(self):
        for response, words in (
            (self._object({}), "Choose at least one invoice"),
            (self._object({self.late: "9999"}), "no more is open"),
            (self._object({self.late: "1"}, reason="0"), "Choose what is wrong"),
            (
                self._object({self.late: "1"}, files=[("files", ("a.exe", b"MZ"))]),
                "PDF files or pictures",
            ),
        ):
            self.assertEqual(response.status_code, 422)
            self.assertIn(words, response.text)
            self.assertIn("20 were missing", response.text)
        self.assertFalse(self._disputes())

    def test_it_is_followed_answered_and_taken_back(self):
        self._object({self.late: "200"})
        dispute = self._disputes()
        path = f"disputes/{dispute.id}"
        text = self._get(path).text
        self.assertIn("We received it", text)
        self.assertIn(dispute.processor_id.name, text)
        response = self._post(f"{path}/answer", message="Here is the note")
        self.assertIn("Here is the note", response.text)
        self.assertIn("a few words", self._post(f"{path}/answer", message=" ").text)
        response = self._post(f"{path}/withdraw")
        self.assertIn("You took it back", response.text)
        self.assertEqual(dispute.kind, "solved")
        self.assertEqual(dispute.outcome, "withdrawn")

    def test_somebody_elses_is_closed(self):
        self._object({self.late: "200"})
        path = f"disputes/{self._disputes().id}"
        self.authenticate("other", "other")
        self.assertEqual(self._get(path).status_code, 404)
        other = self.stranger_profile
        self.assertEqual(self._get(path, profile=other).status_code, 404)
        for action in ("answer", "withdraw"):
            response = self._post(f"{path}/{action}", profile=other, message="x")
            self.assertEqual(response.status_code, 404)
        self.assertNotEqual(self._disputes().kind, "solved")

    def test_internal_notes_stay_internal(self):
        self._object({self.late: "200"})
        dispute = self._disputes()
        dispute.sudo().message_post(body="They always complain")
        dispute.sudo().note = "Troublemaker"
        text = self._get(f"disputes/{dispute.id}").text
        self.assertNotIn("always complain", text)
        self.assertNotIn("Troublemaker", text)
