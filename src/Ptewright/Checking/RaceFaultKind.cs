namespace Ptewright.Checking;

/// <summary>What goes wrong when two writers come in each other's way.</summary>
internal enum RaceFaultKind
{
    /// <summary>A table is touched through a slot that maps nothing by now: the access faults.</summary>
    SlotMapsNothing,

    /// <summary>A table is touched through a slot that maps another table by now: that one is read or overwritten.</summary>
    SlotMapsAnother,

    /// <summary>An entry that leads to a table is overwritten, so that the table and all that it maps is lost.</summary>
    LinkOverwritten,

    /// <summary>The engine stops where a kernel would BUG.</summary>
    Refused,

    /// <summary>Both wait for each other for ever.</summary>
    Deadlock,

    /// <summary>Both are done, but the tables do not map what they should.</summary>
    WrongTables,

    /// <summary>Both are done, but a page that was taken for a table is not one, or is linked twice.</summary>
    LostTable,
}
