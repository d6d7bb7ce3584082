import {look, see, walk} from "./steps";

const PATIENCE = 150; // Stops of the Tab key before one gives up

/* The test presses the key that is asked for here, as a hand would. */
async function press(key) {
    const pressed = new Promise((resolve) =>
        window.addEventListener("keyup", resolve, {capture: true, once: true})
    );
    console.log(`press ${key}`);
    await pressed;
}

async function type(text) {
    for (const key of text) {
        await press(key);
    }
}

/* The digits of a day in the order of the browser's language. */
function typedDay(day) {
    const [year, month, date] = day.split("-");
    const known = {year, month, day: date};
    return new Intl.DateTimeFormat(navigator.language)
        .formatToParts()
        .map((part) => known[part.type] || "")
        .join("");
}

function assertFocusIsSeen(element) {
    const {boxShadow, outlineStyle} = getComputedStyle(element);
    const {bottom, top} = element.getBoundingClientRect();
    if (boxShadow === "none" && outlineStyle === "none") {
        throw new Error(`Nobody sees the focus on ${element.outerHTML}`);
    }
    if (bottom < 0 || top > window.innerHeight) {
        throw new Error(`The focus is out of sight on ${element.outerHTML}`);
    }
}

async function reach(element) {
    for (let stop = 0; document.activeElement !== element; stop++) {
        if (stop > PATIENCE) {
            throw new Error(`Tab never comes to ${element.outerHTML}`);
        }
        await press("Tab");
        if (document.activeElement.closest(".o_collections")) {
            assertFocusIsSeen(document.activeElement);
        }
    }
}

const tab = (content, trigger, keys = () => "") => ({
    content,
    trigger,
    async run({anchor}) {
        await reach(anchor);
        await type(keys(anchor));
    },
});

const space = (content, trigger) => tab(content, trigger, () => [" "]);

const enter = (content, trigger) => ({
    content,
    trigger,
    expectUnloadPage: true,
    async run({anchor}) {
        await reach(anchor);
        // The page goes before the key comes up.
        console.log("press Enter");
    },
});

walk("collections_portal_keyboard", [
    {
        content: "The first stop skips what is the same on every page",
        trigger: ".o_collections",
        async run() {
            await press("Tab");
            if (!document.activeElement.matches(".o_skip_to_content")) {
                throw new Error("Nothing can be skipped");
            }
            assertFocusIsSeen(document.activeElement);
        },
    },
    see("One main part", "main:only-of-type .o_collections"),
    see("The pages", "nav[aria-label] a[aria-current=page]"),
    see("Who helps", "aside[aria-labelledby]"),
    enter("To pay", ".o_collections_nav a[href$='/pay']"),
    tab("A part", "form.o_collections_pay input[name^=amount_]", () => "100"),
    see("It is told", ".o_collections_pay_total strong:contains(180.25)"),
    enter("Continue", "form.o_collections_pay button[type=submit]"),
    space("By card", "input[name=o_payment_radio]"),
    enter("Pay", "button[name=o_payment_submit_button]:enabled"),
    see("Thank you", "h1:contains(Thank you)", {timeout: 30000}),
    enter("To promise", ".o_collections_nav a[href$='/promise']"),
    tab("How much", "form[action$=promise] input[name=amount]", () => "50"),
    tab("By when", "form[action$=promise] input[name=date]", ({min}) => typedDay(min)),
    enter("Promise it", "form[action$=promise] button[type=submit]"),
    look("It is taken", ".alert-success:contains(we rely on it)"),
]);
