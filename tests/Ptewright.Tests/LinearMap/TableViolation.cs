namespace Ptewright.Tests.LinearMap;

/// <summary>A rule of table writing that was broken.</summary>
public enum TableRule
{
    /// <summary>A table was touched through a window that is not open, or that no longer maps it.</summary>
    ClosedWindow,

    /// <summary>A slot was used while its old translation may still be in a TLB.</summary>
    StaleTranslation,

    /// <summary>A slot was used before its new entry was visible: DSB ISHST and ISB are missing.</summary>
    UnsynchronisedWindow,

    /// <summary>A table was touched directly though nothing maps it.</summary>
    Unmapped,

    /// <summary>A table was linked before all of it was zeroed, or before a barrier ordered the zeroes.</summary>
    LinkedBeforeZeroed,

    /// <summary>An entry was written into a table that nothing points to yet.</summary>
    FilledBeforeLinked,

    /// <summary>At the end entries were written that no DSB ISHST and ISB have made usable.</summary>
    UnsynchronisedEntries,

    /// <summary>At the end a slot was mapped, or its translation not invalidated.</summary>
    SlotLeftOpen,

    /// <summary>The temporary map was removed, or never was, while translations of it may be in a TLB.</summary>
    TemporaryMapLeft,
}

/// <summary>One violation: which rule, and the sentence that says where.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Message">What happened, with address and slot.</param>
internal sealed record TableViolation(TableRule Rule, string Message);
