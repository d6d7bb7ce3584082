import {offer} from "./agree";
import {payFrom} from "./pay";
import {click, errand, go, look, open, see, walk, write} from "./steps";

const theirPlan = ".o_collections .list-group a[href*='/plan/']";

const proposed = errand("a plan that we proposed", [
    open("plan"),
    go("The one they propose", theirPlan),
    see("They ask", "section:contains(Do you agree?)"),
    look("A proposed plan"),
    write("My name", "form[action$='/accept'] input[name=name]", "Ada Adler"),
    click("I agree", "form[action$='/accept'] input[name=agree]"),
    go("Agree", "form[action$='/accept'] button[type=submit]"),
    see("It is agreed", ".alert-success:contains(It is agreed)"),
    look("A plan that was accepted"),
]);

const paid = errand("the plan goes on", [
    open("plan"),
    go("The plan", theirPlan),
    see("The first one is paid", ".o_collections tbody tr:eq(0):contains(Paid)"),
    see("The second one is not", ".o_collections tbody tr:eq(1):contains(To come)"),
    look("A plan that runs"),
]);

const settled = errand("the offer is done", [
    go("Back", ".o_collections a:contains(Back to your account)"),
    see("It is no offer any more", ".o_collections_nav:not(:has([href$='/offers']))"),
    look("The account"),
]);

walk(
    "collections_portal_accept_plan",
    proposed,
    payFrom("pay?plan=", "Pay the next instalment"),
    paid
);
walk(
    "collections_portal_accept_offer",
    offer,
    payFrom("pay?offer=", "Pay what was agreed"),
    settled
);
