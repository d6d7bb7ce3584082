import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";

/** Shows the steps in their order, and customers without one behind them: on a phone
 * the first column is all there is to see. */
export class StepsKanbanRenderer extends KanbanRenderer {
    getGroupsOrRecords() {
        const entries = super.getGroupsOrRecords();
        if (!this.props.list.isGrouped) {
            return entries;
        }
        return [
            ...entries.filter(({group}) => group.value),
            ...entries.filter(({group}) => !group.value),
        ];
    }
}
