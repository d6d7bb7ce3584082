"""What goes another way than the plain one: credits, loose money, odd documents."""

from datetime import timedelta

from odoo.fields import Command


class SpecialsBuilder:
    """Does to single customers what a habit cannot do, through Odoo's own flows."""

    def __init__(self, env, names, companies, partners, ledger, today):
        self.env = env
        self.names = names
        self.company = companies["main"]
        self.partners = partners
        self.ledger = ledger
        self.invoices = ledger.open_invoices
        self.today = today

    def build(self):
        """Do all of it."""
        self._credit_part("lougherne", "Two loggers came back unused", 0.25)
        self._credit_part("cardigan", "Price as agreed by phone", 0.1)
        self._credit_in_full("tulpenveld", "Delivered to the wrong greenhouse")
        self._grant_own_credit("aozora", "Bonus for the year", 420)
        self._pay_unmatched("quintanar", 1.0)
        self._pay_unmatched("meridian", 0.6)
        self._bank_unmatched("kerouan", "Virement Chantier Kerouan, solde")
        self._bank_unmatched("greatlakes", "WIRE GREAT LAKES B&G PYMT")
        self._bank_unknown("Lodgement 004417, no name given", 412.50)
        self._pay_in_process("solent")
        # An invoice that nobody ever sent, one that nobody shall ask for, ...
        self.invoices["northgate"][-1:].is_move_sent = False
        self.invoices["tannbach"][:1].no_followup = True
        # ... and a customer whose contact was archived while money is owed.
        self.partners["merrow"].action_archive()

    # === CREDIT NOTES === #

    def _reverse(self, key, reason, age):
        """Make the draft credit note of the customer's newest open invoice."""
        invoice = self.invoices[key][-1:]
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create(
                {
                    "reason": reason,
                    "journal_id": invoice.journal_id.id,
                    "date": self.today - timedelta(days=age),
                }
            )
        )
        wizard.refund_moves()
        return self.names.add(f"credit_note_{key}", wizard.new_move_ids)

    def _credit_part(self, key, reason, share):
        credit_note = self._reverse(key, reason, age=12)
        amount = credit_note.amount_untaxed * share
        first, *others = credit_note.invoice_line_ids
        credit_note.invoice_line_ids = [
            Command.update(
                first.id,
                {"quantity": 1, "price_unit": credit_note.currency_id.round(amount)},
            ),
            *(Command.delete(line.id) for line in others),
        ]
        credit_note.action_post()

    def _credit_in_full(self, key, reason):
        self._reverse(key, reason, age=8).action_post()

    def _grant_own_credit(self, key, reason, amount):
        """A credit note that belongs to no invoice and covers nothing yet."""
        invoice = self.invoices[key][-1:]
        credit_note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": invoice.partner_id.id,
                "journal_id": invoice.journal_id.id,
                "company_id": invoice.company_id.id,
                "currency_id": invoice.currency_id.id,
                "invoice_date": self.today - timedelta(days=20),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": reason,
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        credit_note.action_post()
        credit_note.is_move_sent = True
        self.names.add(f"credit_note_{key}", credit_note)

    # === MONEY === #

    def _get_open_line(self, key):
        return self.invoices[key][-1:].line_ids.filtered("date_maturity")[:1]

    def _create_payment(self, key, share, age):
        line = self._get_open_line(key)
        amount = line.currency_id.round(line.amount_residual_currency * share)
        day = self.today - timedelta(days=age)
        values = self.ledger.prepare_payment(line, day, amount)
        payment = self.env["account.payment"].create(values)
        return self.names.add(f"payment_{key}", payment)

    def _pay_unmatched(self, key, share):
        """Money that was booked on the customer and on none of the invoices."""
        payment = self._create_payment(key, share, age=3)
        payment.memo = self.partners[key].name
        payment.action_post()

    def _pay_in_process(self, key):
        """A payment on its way: confirmed, no entry before the bank has it."""
        payment = self._create_payment(key, 1.0, age=1)
        payment.outstanding_account_id = False
        payment.invoice_ids = self.invoices[key][-1:]
        payment.action_post()

    def _bank_unmatched(self, key, label):
        """A line of the bank statement that names the customer, not reconciled."""
        line = self._get_open_line(key)
        day = self.today - timedelta(days=2)
        currency, residual = line.currency_id, line.amount_residual_currency
        values = {"amount": residual}
        if currency != self.company.currency_id:
            values = {
                "amount": currency._convert(
                    residual, self.company.currency_id, self.company, day
                ),
                "foreign_currency_id": currency.id,
                "amount_currency": residual,
            }
        self._create_statement_line(
            key, label, day, partner_id=line.partner_id.id, **values
        )

    def _bank_unknown(self, label, amount):
        """A line of the bank statement that names nobody."""
        day = self.today - timedelta(days=1)
        self._create_statement_line("unknown", label, day, amount=amount)

    def _create_statement_line(self, key, label, day, **values):
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.ledger.get_journal(self.company, "bank").id,
                "payment_ref": label,
                "date": day,
                **values,
            }
        )
        self.names.add(f"bank_line_{key}", line)
