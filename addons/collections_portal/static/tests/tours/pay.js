import {click, errand, go, look, open, see, walk, write} from "./steps";

const pay = errand("pay", [
    see(
        "Nothing but what is overdue is ticked",
        "form.o_collections_pay input[name=item]:checked"
    ),
    look("Pay"),
    write("Pay a part of it", "form.o_collections_pay input[name^=amount_]", "100.00"),
    see(
        "The sum with the other one is told",
        ".o_collections_pay_total strong:contains(180.25)"
    ),
    go("Continue", "form.o_collections_pay button[type=submit]"),
    see("Look at it once more", "#o_collections_order:contains(What you pay)"),
    click("By card", "input[name=o_payment_radio]"),
    look("Review"),
    go("Pay", "button[name=o_payment_submit_button]:enabled"),
    see("Thank you", "h1:contains(Thank you)", {timeout: 30000}),
    see("What it was for", ".alert-success:contains(180.25)"),
    look("Thank you"),
]);

/* Pay what was agreed, from the page that says so. */
export const payFrom = (path, content) =>
    errand(content, [
        go(content, `.o_collections a[href*='${path}']`),
        see("It is ticked", "form.o_collections_pay input[name=item]:checked"),
        go("Continue", "form.o_collections_pay button[type=submit]"),
        click("By card", "input[name=o_payment_radio]"),
        go("Pay", "button[name=o_payment_submit_button]:enabled"),
        see("Thank you", "h1:contains(Thank you)", {timeout: 30000}),
        look("Thank you"),
    ]);

export const credits = errand("credits", [
    open("credits"),
    look("Credits"),
    click("The oldest invoice", "form[action$='credits/apply'] input[name=item]"),
    go("Use the credit", "form[action$='credits/apply'] button[type=submit]"),
    see("It is used", ".alert-success:contains(Your credit is used)"),
    look("Credit used"),
]);

walk("collections_portal_pay", pay);
walk("collections_portal_credits", credits);
