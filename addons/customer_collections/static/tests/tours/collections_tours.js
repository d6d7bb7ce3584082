import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

const openCustomer = (name) => [
    {
        content: "The list of customers shows what is overdue",
        trigger: `.o_data_row:contains(${name}) td[name=amount_overdue]`,
    },
    {
        content: "Open the customer",
        trigger: `.o_data_row:contains(${name}) td[name=segment_id]`,
        run: "click",
    },
    {
        content: "Read what happens next and why",
        trigger: ".o_collections_headline:contains(Friendly)",
    },
];

tours.add("collections_collector", {
    steps: () => [
        ...openCustomer("Alma Bakery"),
        {
            content: "See how old the debt is",
            trigger: ".o_collections_aging dd:contains(100.00)",
        },
        {
            content: "Log a call",
            trigger: ".o_statusbar_buttons button:contains(Log Contact)",
            run: "click",
        },
        {
            content: "It reached the right person",
            trigger: ".modal div[name=outcome] input[data-value=reached]",
            run: "click",
        },
        {
            content: "Note what was said",
            trigger: ".modal div[name=note] textarea",
            run: "edit Pays on Friday",
        },
        {
            content: "Ask to be reminded",
            trigger: ".modal div[name=follow_up] input",
            run: "click",
        },
        {
            content: "In three days, as proposed",
            trigger: ".modal div[name=follow_up_date]",
        },
        {
            content: "Keep it",
            trigger: ".modal button[name=action_log]",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "Look at what was said",
            trigger: ".o_notebook a[name=messages]",
            run: "click",
        },
        {
            content: "The call stands among the messages",
            trigger:
                "div[name=touchpoint_ids] .o_data_row:contains(Call) td[name=channel]",
            run: "click",
        },
        {
            content: "A row leads to the message's own screen",
            trigger: ".o_form_view div[name=note]:contains(Pays on Friday)",
        },
    ],
});

tours.add("collections_hold", {
    steps: () => [
        ...openCustomer("Alma Bakery"),
        {
            content: "Hold the reminders",
            trigger: ".o_statusbar_buttons button:contains(Hold)",
            run: "click",
        },
        {
            content: "Nothing at all goes out",
            trigger: ".modal div[name=effect] input[data-value=silence]",
            run: "click",
        },
        {
            content: "It is said in words",
            trigger: ".modal span:contains(not even by hand)",
        },
        {
            content: "Keep it",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "The headline says so at once",
            trigger: ".o_collections_headline:contains(Nothing goes out)",
        },
    ],
});

tours.add("collections_go_live", {
    steps: () => [
        {
            content: "The list says that nothing is sent",
            trigger: ".o_collections_banner:contains(nothing is sent)",
        },
        {
            content: "Start the guided setup",
            trigger: ".o_collections_open_setup",
            run: "click",
        },
        {
            content: "Say who the customers are",
            trigger: ".modal div[name=business] input[data-value=both]",
            run: "click",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            content: "Find the segments with their counts",
            trigger: ".modal div[name=segment_ids] .o_data_row:contains(Everybody)",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            content: "Read the ladder in words",
            trigger:
                ".modal div[name=stage_ids] .o_data_row:contains(3 days after the due date)",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            content: "See who signs",
            trigger: ".modal div[name=sender_id] input",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            content: "See what tonight would say",
            trigger:
                ".modal div[name=touchpoint_ids] .o_data_row:contains(Alma Bakery)",
        },
        {
            trigger: ".modal button[name=action_next]",
            run: "click",
        },
        {
            content: "Look at the first night",
            trigger: ".modal button[name=action_go_live]:contains(First Night)",
            run: "click",
        },
        {
            content: "Each choice has its count",
            trigger: ".modal div[name=choice_ids] .o_data_row:contains(gentle)",
        },
        {
            content: "Say it explicitly",
            trigger: ".modal div[name=confirmed] input",
            run: "click",
        },
        {
            content: "Go live",
            trigger: ".modal button[name=action_go_live]:contains(Go Live)",
            run: "click",
        },
        {
            content: "The banner is gone",
            trigger:
                ".o_list_view:not(:has(.o_collections_banner)) .o_data_row:contains(Alma Bakery)",
        },
    ],
});

tours.add("collections_approve", {
    steps: () => [
        {
            content: "Open a message that waits",
            trigger: ".o_data_row:contains(Alma Bakery) td[name=channel]",
            run: "click",
        },
        {
            content: "Read what the customer will read",
            trigger: ".o_collections_letter:contains(100.00)",
        },
        {
            content: "Say it in other words",
            trigger: ".o_statusbar_buttons button:contains(Edit)",
            run: "click",
        },
        {
            trigger: ".modal div[name=subject] input",
            run: "edit A word about your invoice",
        },
        {
            trigger: ".modal button[name=action_save]",
            run: "click",
        },
        {
            content: "The new words stand",
            trigger: ".o_collections_letter:contains(A word about your invoice)",
        },
        {
            content: "Approve it",
            trigger: ".o_statusbar_buttons button[name=action_approve]",
            run: "click",
        },
        {
            content: "It is on its way",
            trigger:
                ".o_statusbar_status button[aria-checked=true]:contains(Scheduled)",
        },
        {
            content: "Back to what waits",
            trigger:
                ".o_back_button a, .breadcrumb-item a:contains(Messages to Approve)",
            run: "click",
        },
        {
            content: "Open the other message",
            trigger: ".o_data_row:contains(Bruno Cars) td[name=channel]",
            run: "click",
        },
        {
            content: "Do not send it",
            trigger: ".o_statusbar_buttons button:contains(Do Not Send)",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=note] input",
            run: "edit They called this morning",
        },
        {
            trigger: ".modal button[name=action_decide]:contains(Do Not Send)",
            run: "click",
        },
        {
            content: "It is not sent",
            trigger: ".o_statusbar_status button[aria-checked=true]:contains(Not sent)",
        },
    ],
});
