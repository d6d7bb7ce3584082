import {registry} from "@web/core/registry";

/* From the account to "thank you" in three steps. */
registry.category("web_tour.tours").add("collections_portal_pay", {
    steps: () => [
        {
            content: "Nothing but what is overdue is ticked",
            trigger: "form.o_collections_pay input[name=item]:checked",
        },
        {
            content: "Pay a part of it",
            trigger: "form.o_collections_pay input[name^=amount_]",
            run: "edit 100.00",
        },
        {
            content: "The sum with the other one is told",
            trigger: ".o_collections_pay_total strong:contains(180.25)",
        },
        {
            content: "Continue",
            trigger: "form.o_collections_pay button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Look at it once more",
            trigger: "#o_collections_order:contains(What you pay)",
        },
        {
            content: "By card",
            trigger: "input[name=o_payment_radio]",
            run: "click",
        },
        {
            content: "Pay",
            trigger: "button[name=o_payment_submit_button]:enabled",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Thank you",
            trigger: "h1:contains(Thank you)",
            timeout: 30000,
        },
        {
            content: "What it was for",
            trigger: ".alert-success:contains(180.25)",
        },
    ],
});

registry.category("web_tour.tours").add("collections_portal_promise", {
    steps: () => [
        {
            content: "How much",
            trigger: "form[action$=promise] input[name=amount]",
            run: "edit 50.00",
        },
        {
            content: "Promise",
            trigger: "form[action$=promise] input[name=date]",
            run({anchor}) {
                anchor.value = anchor.max;
            },
        },
        {
            content: "Promise it",
            trigger: "form[action$=promise] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is taken",
            trigger: ".alert-success:contains(we rely on it)",
        },
    ],
});

registry.category("web_tour.tours").add("collections_portal_credits", {
    steps: () => [
        {
            content: "The oldest invoice",
            trigger: "form[action$='credits/apply'] input[name=item]",
            run: "click",
        },
        {
            content: "Use the credit",
            trigger: "form[action$='credits/apply'] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is used",
            trigger: ".alert-success:contains(Your credit is used)",
        },
    ],
});
