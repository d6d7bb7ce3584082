import {X2ManyField, x2ManyField} from "@web/views/fields/x2many/x2many_field";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** A table whose rows lead to the record's own screen instead of a dialog. */
export class RowsField extends X2ManyField {
    setup() {
        super.setup();
        this.actionService = useService("action");
    }

    async openRecord(record) {
        if (!(await this.props.record.save())) {
            return;
        }
        return this.actionService.doActionButton({
            type: "object",
            name: "action_open",
            resModel: record.resModel,
            resId: record.resId,
            resIds: [record.resId],
            context: {},
        });
    }
}

registry.category("fields").add("collections_rows", {
    ...x2ManyField,
    component: RowsField,
});
