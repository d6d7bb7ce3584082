import {fewClicks} from "@customer_collections/../tests/tours/clicks";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openCustomer = (name) => [
    {
        content: "Open the customer",
        trigger: `.o_data_row:contains(${name}) td[name=segment_id]`,
        run: "click",
    },
];

tours.add("collections_reason", {
    steps: () => [
        ...openCustomer("Alma Bakery"),
        ...fewClicks([
            {
                content: "They tell us why",
                trigger: "div[name=agree] button:contains(Why Is It Late?)",
                run: "click",
            },
            {
                content: "An order number is missing",
                trigger:
                    ".modal div[name=reason_id] .o_radio_item:contains(order number) input",
                run: "click",
            },
            {
                content: "What follows is said beforehand",
                trigger:
                    ".modal div[name=track_summary]:contains(Not chased for 14 days)",
            },
            {
                content: "Keep it",
                trigger: ".modal button[name=action_give]",
                run: "click",
            },
        ]),
        {
            content: "The reason stands beside the segment",
            trigger: "div[name=reason_id]:contains(order number)",
        },
        {
            content: "Nothing of it is chased",
            trigger: ".o_collections_headline:contains(Paperwork)",
        },
        {
            trigger: ".o_notebook a[name=agreed]",
            run: "click",
        },
        {
            content: "It stands among what was agreed and leads to its own screen",
            trigger: "div[name=reason_entry_ids] .o_data_row td[name=reason_id]",
            run: "click",
        },
        {
            trigger: "button[name=action_end]",
        },
    ],
});

tours.add("collections_hardship", {
    steps: () => [
        ...openCustomer("Alma Bakery"),
        ...fewClicks([
            {
                content: "They cannot pay now",
                trigger: "div[name=agree] button:contains(We Cannot Pay Now)",
                run: "click",
            },
            {
                content: "They need peace and quiet",
                trigger: ".modal div[name=rule_id] .o_radio_item:contains(Peace) input",
                run: "click",
            },
            {
                content: "What follows is said beforehand",
                trigger: ".modal div[name=what_follows]:contains(not even by hand)",
            },
            {
                content: "Keep it",
                trigger: ".modal button[name=action_apply]",
                run: "click",
            },
        ]),
        {
            content: "The headline says so at once",
            trigger: ".o_collections_headline:contains(Nothing goes out)",
        },
    ],
});

tours.add("collections_offer", {
    steps: () => [
        ...openCustomer("Alma Bakery"),
        ...fewClicks([
            {
                content: "Offer them a part for the whole",
                trigger: "div[name=offer] button:contains(Make an Offer)",
                run: "click",
            },
            {
                trigger: ".modal div[name=kind] input[data-value=settlement]",
                run: "click",
            },
            {
                content: "A fifth is given up",
                trigger: ".modal div[name=cost]:contains(20.00)",
            },
            {
                content: "Make it",
                trigger: ".modal button[name=action_make]",
                run: "click",
            },
        ]),
        {
            content: "They accept",
            trigger: "button[name=action_accept]",
            run: "click",
        },
        {
            content: "It is accepted",
            trigger: ".o_statusbar_status button[aria-checked=true]:contains(Accepted)",
        },
    ],
});
