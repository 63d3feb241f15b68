"""Names of the state machine that processes webhooks in workflow mode."""

from stacks.event_names import NameForms


class WorkflowNames(NameForms):
    """Names of workflow mode."""

    @property
    def processing_workflow(self) -> str:
        return self._named("state-machine", "processing")

    @property
    def processing_workflow_arn(self) -> str:
        return self.arn("states", f"stateMachine:{self.processing_workflow}")

    @property
    def workflow_log_group(self) -> str:
        return f"/aws/vendedlogs/states/{self.processing_workflow}"
