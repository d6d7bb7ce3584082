import {offer} from "./agree";
import {payFrom} from "./pay";
import {errand, go, look, open, openPlan, see, sign, walk} from "./steps";

const proposed = errand("a plan that we proposed", [
    open("plan"),
    openPlan("The one they propose"),
    see("They ask", "section:contains(Do you agree?)"),
    look("A proposed plan"),
    ...sign("/accept", "Ada Adler"),
    look("A plan that was accepted"),
]);

const paid = errand("the plan goes on", [
    open("plan"),
    openPlan("The plan"),
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
