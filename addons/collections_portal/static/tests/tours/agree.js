import {
    choose,
    click,
    errand,
    go,
    look,
    open,
    openPlan,
    see,
    sign,
    walk,
    write,
} from "./steps";
import {payFrom} from "./pay";

const PHOTO =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const promise = errand("promise", [
    open("promise"),
    look("Promise"),
    write("How much", "form[action$=promise] input[name=amount]", "50.00"),
    {
        content: "The last day there is",
        trigger: "form[action$=promise] input[name=date]",
        run({anchor}) {
            anchor.value = anchor.max || anchor.min;
        },
    },
    go("Promise it", "form[action$=promise] button[type=submit]"),
    see("It is taken", ".alert-success:contains(we rely on it)"),
    look("Promised"),
]);

const dispute = errand("dispute", [
    open("disputes"),
    look("Object"),
    click("This invoice", "form[action$='disputes/new'] input[name=item]"),
    write(
        "A part of it",
        "form[action$='disputes/new'] input[name^=amount_]",
        "200.00"
    ),
    click("What is wrong", "form[action$='disputes/new'] input[name=reason]"),
    write("In words", "form[action$='disputes/new'] textarea", "20 were missing"),
    {
        content: "With a photo",
        trigger: "form[action$='disputes/new'] input[type=file]",
        run({anchor}) {
            const photo = new DataTransfer();
            const bytes = Uint8Array.from(atob(PHOTO), (char) => char.charCodeAt(0));
            photo.items.add(new File([bytes], "photo.png", {type: "image/png"}));
            anchor.files = photo.files;
        },
    },
    go("Tell", "form[action$='disputes/new'] button[type=submit]"),
    see("It is taken", ".alert-success:contains(Thank you, we have it)"),
    see("Photo and all", ".card:contains(20 were missing):contains(photo.png)"),
    look("An objection"),
]);

const answer = errand("answer", [
    write("Add something", "textarea[name=message]", "Here is the delivery note"),
    go("Send it", "form[action$='/answer'] button[type=submit]"),
    see("It is in the thread", ".card:contains(Here is the delivery note)"),
    go("Take it back", "form[action$='/withdraw'] button"),
    see("It is taken back", ".alert-success:contains(You took it back)"),
    look("Objections"),
]);

const plan = errand("plan", [
    open("plan"),
    look("Plans"),
    write("Four parts", "form[action$='plan/preview'] input[name=count]", "4"),
    go("Show it", "form[action$='plan/preview'] button[type=submit]"),
    see("Four rows", ".border-primary tbody tr:eq(3)"),
    look("Preview"),
    ...sign("plan/agree", "Ada Adler"),
    look("A plan"),
]);

const autopay = errand("autopay", [
    open("plan"),
    openPlan("The plan"),
    look("A running plan"),
    go("By card from now on", "form[action$='/card'] button"),
    see("It is on", "section:contains(is paid on its day)"),
    look("Automatic payment"),
]);

const autopayOff = errand("autopay off", [
    choose("By myself again", "select[name=card]", "None: I pay by myself"),
    go("Save", "form[action$='/card'] button"),
    see("It is off", "section:contains(You can stop it)"),
]);

export const offer = errand("offer", [
    open("offers"),
    look("Offers"),
    go("Take it", "form[action$='/accept'] button"),
    see("It is agreed", ".alert-success:contains(it is agreed)"),
    look("Offer taken"),
]);

walk("collections_portal_promise", promise);
walk(
    "collections_portal_agree",
    offer,
    dispute,
    answer,
    plan,
    payFrom("pay?plan=", "Pay the next instalment")
);
walk("collections_portal_autopay", autopay, autopayOff);
