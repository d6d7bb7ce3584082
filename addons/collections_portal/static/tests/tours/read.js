import {promise} from "./agree";
import {credits} from "./pay";
import {choose, click, errand, go, look, open, see, walk, write} from "./steps";

const account = errand("account", [
    see("What is owed", "h2:contains(Open in EUR)"),
    look("Account"),
    go("All that was said", "a[href$='/history']"),
    look("History"),
]);

const invoices = errand("invoices", [
    open("invoices"),
    look("Invoices"),
    go("All of them", "a[href*='filterby=all']"),
    write("Look for one", "input[name=search]", "nothing like it"),
    go("Find it", "form[role=search] button"),
    see("None", "p[role=status]:contains(Nothing was found)"),
    look("No invoices"),
]);

const statement = errand("statement", [
    open("statement"),
    look("Statement"),
    write("To a colleague", "input[name=email]", "sven@customer.example"),
    go("Send", "form[action$='statement/send'] button"),
    see("On its way", ".alert-success:contains(sven@customer.example)"),
    look("Statement sent"),
]);

const hardship = errand("hardship", [
    open("problem"),
    look("Problem"),
    click("In difficulty", "#o_collections_reason_hardship"),
    write("In words", "#o_collections_message", "Our oven broke"),
    go("Tell", "form[action$='problem/tell'] button[type=submit]"),
    see("It is taken", ".alert-success:contains(Thank you for telling us)"),
    look("Told"),
]);

const call = errand("call me", [
    open("problem"),
    write("My number", "#o_collections_phone", "+32 2 555 77 77"),
    write("What about", "#o_collections_about", "A plan"),
    go("Please call", "form[action$='problem/call'] button[type=submit]"),
    see("They will", ".alert-success:contains(We will call you)"),
    look("Call me"),
]);

const preferences = errand("preferences", [
    open("preferences"),
    look("Preferences"),
    choose("By letter", "#o_collections_channel", "Letter"),
    click("No SMS", "#o_collections_no_sms"),
    go("Save", "form[action$='preferences/save'] button[type=submit]"),
    see("Saved", ".alert-success:contains(We keep to it)"),
    look("Preferences saved"),
]);

const closed = errand("a fresh link", [
    see("It is over", "h1:contains(does not work any more)"),
    look("An expired link"),
    go("A fresh one", "form[action='/my/collections/fresh'] button"),
    see("It is on its way", "h1:contains(look into your mailbox)"),
    look("A fresh link"),
]);

const settled = errand("settled", [
    see("Nothing is owed", ".alert-success:contains(All settled, thank you)"),
    look("All settled"),
    open("pay"),
    look("Nothing to pay"),
]);

walk(
    "collections_portal_read",
    account,
    invoices,
    statement,
    preferences,
    hardship,
    call
);
walk(
    "collections_portal_right_to_left",
    [
        {
            content: "It begins at the right",
            trigger: ".o_rtl .o_collections",
            run({anchor}) {
                const {direction} = getComputedStyle(anchor);
                if (
                    direction !== "rtl" ||
                    !document.querySelector("link[href*='.rtl.']")
                ) {
                    throw new Error(`It reads ${direction}`);
                }
            },
        },
    ],
    account,
    invoices,
    credits,
    promise,
    statement,
    preferences,
    hardship,
    call
);
walk("collections_portal_closed", closed);
walk("collections_portal_settled", settled);
