import {fewClicks} from "@customer_collections/../tests/tours/clicks";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const logAndSee = [
    {
        content: "All that is late is proposed",
        trigger: ".modal div[name=hint]:contains(100.00)",
    },
    {
        content: "They pay a part",
        trigger: ".modal div[name=amount] input",
        run: "edit 60",
    },
    {
        content: "Take it down",
        trigger: ".modal button[name=action_log]",
        run: "click",
    },
    {
        trigger: "body:not(:has(.modal))",
    },
];

tours.add("collections_promise", {
    steps: () => [
        {
            content: "Open the customer",
            trigger: ".o_data_row:contains(Alma Bakery) td[name=segment_id]",
            run: "click",
        },
        ...fewClicks([
            {
                content: "They say: we will pay",
                trigger: "div[name=agree] button:contains(We Will Pay)",
                run: "click",
            },
            ...logAndSee,
        ]),
        {
            content: "Only the rest is collectible",
            trigger:
                ".o_collections_figures div[name=amount_collectible]:contains(40.00)",
        },
        {
            content: "Look at what is agreed",
            trigger: ".o_notebook a[name=agreed]",
            run: "click",
        },
        {
            content: "The promise stands there",
            trigger: "div[name=promise_ids] .o_data_row:contains(Open) td[name=amount]",
        },
    ],
});

tours.add("collections_promise_invoice", {
    steps: () => [
        ...fewClicks([
            {
                content: "From the invoice it takes one button",
                trigger: "button[name=action_collections_promise]",
                run: "click",
            },
            {
                content: "The invoice is chosen",
                trigger: ".modal div[name=line_ids] .o_tag",
            },
            ...logAndSee,
        ]),
        {
            content: "The invoice stands as it was",
            trigger: ".o_form_view div[name=amount_residual], .o_form_view",
        },
    ],
});

tours.add("collections_withdraw", {
    steps: () => [
        ...fewClicks([
            {
                content: "They cannot keep it",
                trigger: "button[name=action_withdraw]",
                run: "click",
            },
            {
                content: "Why",
                trigger: ".modal div[name=note] input",
                run: "edit They called: not before June",
            },
            {
                content: "End it",
                trigger: ".modal button[name=action_withdraw]",
                run: "click",
            },
        ]),
        {
            content: "It is withdrawn, and stays",
            trigger:
                "body:not(:has(.modal)) .o_statusbar_status button[aria-checked=true]:contains(Withdrawn)",
        },
    ],
});
