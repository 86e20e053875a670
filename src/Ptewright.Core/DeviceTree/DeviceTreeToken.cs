namespace Ptewright.DeviceTree;

/// <summary>A token of the structure block, as <see cref="DeviceTreeCursor.Next"/> meets them.</summary>
/// <remarks>The values are the format's own (<c>FDT_BEGIN_NODE</c> and so on); <see cref="Nop"/> is passed over and never returned.</remarks>
internal enum DeviceTreeToken
{
    /// <summary>Nothing was read yet.</summary>
    None = 0,

    /// <summary>A node begins; its name follows.</summary>
    BeginNode = 1,

    /// <summary>The node that began last ends.</summary>
    EndNode = 2,

    /// <summary>A property of the node that began last.</summary>
    Property = 3,

    /// <summary>To be ignored: something was deleted here.</summary>
    Nop = 4,

    /// <summary>The end of the tree.</summary>
    End = 9,

    /// <summary>Not in the format: the blob is broken here (<see cref="DeviceTreeCursor.Failure"/>).</summary>
    Error = -1,
}
