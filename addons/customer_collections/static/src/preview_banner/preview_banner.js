import {Component, onWillStart, useState} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {ListController} from "@web/views/list/list_controller";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {StepsKanbanRenderer} from "../steps_kanban/steps_kanban_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** Says above a list that nothing is sent, and leads to the guided setup. */
export class PreviewBanner extends Component {
    static template = "customer_collections.PreviewBanner";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({mode: "live", company: "", can_go_live: false});
        onWillStart(async () => {
            Object.assign(
                this.state,
                await this.orm.call("collections.profile", "get_banner", [])
            );
        });
    }

    openSetup() {
        return this.action.doAction("customer_collections.collections_setup_action");
    }

    goLive() {
        return this.action.doAction("customer_collections.collections_go_live_action");
    }
}

export class CollectionsListController extends ListController {
    static template = "customer_collections.ListView";
    static components = {...ListController.components, PreviewBanner};
}

export class CollectionsKanbanController extends KanbanController {
    static template = "customer_collections.KanbanView";
    static components = {...KanbanController.components, PreviewBanner};
}

registry.category("views").add("collections_list", {
    ...listView,
    Controller: CollectionsListController,
});
registry.category("views").add("collections_kanban", {
    ...kanbanView,
    Controller: CollectionsKanbanController,
    Renderer: StepsKanbanRenderer,
});
