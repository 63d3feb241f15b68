"""Names of analytics."""

from stacks.event_names import NameForms


class AnalyticsNames(NameForms):
    @property
    def analytics_table(self) -> str:
        return self._named("table", "analytics")
