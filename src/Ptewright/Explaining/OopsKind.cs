namespace Ptewright.Explaining;

/// <summary>What kind of report of a kernel it is.</summary>
public enum OopsKind
{
    /// <summary>Nothing but tables, registers or a syndrome, without the sentence that says what happened.</summary>
    Values,

    /// <summary>A fault of a memory access that the kernel cannot handle.</summary>
    Fault,

    /// <summary>A fault of a memory access that the kernel found to be none when it asked again.</summary>
    SpuriousFault,

    /// <summary>A fault of a program's memory access.</summary>
    UserFault,

    /// <summary>A stack overflow: there was no room to take the exception.</summary>
    StackOverflow,

    /// <summary>An SError: an asynchronous abort.</summary>
    SystemError,

    /// <summary>An exception that the kernel has no handler for.</summary>
    UnexpectedException,

    /// <summary>The kernel stopped itself: BUG, a failed check of a compiler, an undefined instruction.</summary>
    Trap,

    /// <summary>What KASAN or KFENCE say of an access.</summary>
    Sanitizer,

    /// <summary>A panic that no other report came before.</summary>
    Panic,
}
